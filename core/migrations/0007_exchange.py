from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('core', '0006_desk')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ApiKey',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(unique=True, max_length=50)),
                ('key_digest', fields.CharField(unique=True, max_length=64)),
                ('scopes', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('department', fields.ForeignKeyField('core.Department', source_field='department_id', null=True, db_constraint=True, to_field='id', related_name='keys', on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_by', fields.CharField(max_length=32)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('disabled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'api_key', 'app': 'core', 'pk_attr': 'id', 'table_description': 'A key of another system. Only its digest is kept. `scopes` are what it may do.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ApiAnswer',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.ForeignKeyField('core.ApiKey', source_field='key_id', db_constraint=True, to_field='id', related_name='answers', on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=200)),
                ('request_digest', fields.CharField(max_length=64)),
                ('status', fields.SmallIntField()),
                ('body', fields.TextField(unique=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'api_answer', 'app': 'core', 'unique_together': (('key', 'name'),), 'indexes': [Index(fields=['at'], name='api_answer_at')], 'pk_attr': 'id', 'table_description': 'What a write was answered, by the name its sender gave it: the same request again gets the same answer.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FerryFile',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('peer', fields.CharField(max_length=50)),
                ('direction', fields.CharField(max_length=3)),
                ('number', fields.IntField()),
                ('digest', fields.CharField(max_length=64)),
                ('content', fields.TextField(default='', unique=False)),
                ('counts', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'ferry_file', 'app': 'core', 'unique_together': (('peer', 'direction', 'number'),), 'pk_attr': 'id', 'table_description': 'A file that was sent or taken. What was sent can be written again until it is acknowledged.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FerryState',
            fields=[
                ('peer', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=50)),
                ('sent_number', fields.IntField(default=0)),
                ('sent_event', fields.BigIntField(default=0)),
                ('acknowledged', fields.IntField(default=0)),
                ('taken_number', fields.IntField(default=0)),
                ('taken_digest', fields.CharField(default='', max_length=64)),
                ('sent_digest', fields.CharField(default='', max_length=64)),
            ],
            options={'table': 'ferry_state', 'app': 'core', 'pk_attr': 'peer', 'table_description': 'How far the traffic with another network has come, one row a peer.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SynonymRow',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('say', fields.CharField(max_length=500)),
                ('means', fields.CharField(max_length=500)),
                ('by', fields.CharField(max_length=32)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'synonym_row', 'app': 'core', 'pk_attr': 'id', 'table_description': "Words of the centre's own for the search: whoever says one of `say` may mean one of `means`."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Webhook',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.ForeignKeyField('core.ApiKey', source_field='key_id', db_constraint=True, to_field='id', related_name='webhooks', on_delete=OnDelete.RESTRICT)),
                ('url', fields.CharField(max_length=500)),
                ('secret', fields.CharField(max_length=300)),
                ('cursor', fields.BigIntField(default=0)),
                ('failures', fields.IntField(default=0)),
                ('failing_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('next_try_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_try_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_answer', fields.CharField(default='', max_length=100)),
                ('taken_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('disabled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook', 'app': 'core', 'pk_attr': 'id', 'table_description': 'Where events are sent to. `cursor` is the last event that arrived there. The secret is sealed.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Notice',
            name='withdrawn_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Notice',
            name='written_by',
            field=fields.CharField(default='', max_length=100),
        ),
    ]
