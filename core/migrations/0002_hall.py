from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('core', '0001_first')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Kiosk',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(unique=True, max_length=50)),
                ('place', fields.CharField(default='', max_length=100)),
                ('token_digest', fields.CharField(unique=True, max_length=64)),
                ('registered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('seen_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('state', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('disabled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'kiosk', 'app': 'core', 'pk_attr': 'id', 'table_description': 'A registered touch device. Its token is kept as a digest, its state is what it last told of itself.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Rating',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.OneToOneField('core.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='rating', on_delete=OnDelete.RESTRICT)),
                ('score', fields.SmallIntField()),
                ('words', fields.CharField(default='', max_length=500)),
                ('channel', fields.CharField(max_length=20)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'rating', 'app': 'core', 'indexes': [Index(fields=['at'], name='rating_at')], 'pk_attr': 'id', 'table_description': '评价 of a finished case: one at most, never forced. Score 1 非常满意 to 5 非常不满意 (GB/T 39046 A.8).'},
            bases=['Model'],
        ),
    ]
