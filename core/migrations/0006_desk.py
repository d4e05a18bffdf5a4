from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('core', '0005_kiosk')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CaseFile',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('core.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='files', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=16)),
                ('material', fields.CharField(default='', max_length=500)),
                ('file_name', fields.CharField(max_length=200)),
                ('media_type', fields.CharField(max_length=100)),
                ('size_bytes', fields.IntField()),
                ('digest', fields.CharField(max_length=64)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('by', fields.CharField(max_length=100)),
            ],
            options={'table': 'case_file', 'app': 'core', 'indexes': [Index(fields=['case_id'], name='case_file_case')], 'pk_attr': 'id', 'table_description': 'A file that belongs to a case. Its content lies in the file store under its digest, and is never changed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DailyClosing',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('clerk', fields.CharField(max_length=32)),
                ('clerk_name', fields.CharField(max_length=50)),
                ('department', fields.CharField(default='', max_length=100)),
                ('day', fields.DateField()),
                ('totals', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('counted_fen', fields.BigIntField()),
                ('remark', fields.CharField(default='', max_length=500)),
                ('closed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'daily_closing', 'app': 'core', 'indexes': [Index(fields=['day'], name='closing_day')], 'pk_attr': 'id', 'table_description': '日结: what one clerk took and gave back on a day, counted and closed. Entries after it belong to the next one.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FeeEntry',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('core.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='fees', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=10)),
                ('fee_name', fields.CharField(max_length=500)),
                ('by_law', fields.TextField(default='', unique=False)),
                ('amount_fen', fields.BigIntField()),
                ('method', fields.CharField(default='', max_length=10)),
                ('voucher_no', fields.CharField(default='', max_length=50)),
                ('reason', fields.CharField(default='', max_length=500)),
                ('clerk', fields.CharField(max_length=32)),
                ('clerk_name', fields.CharField(max_length=50)),
                ('department', fields.CharField(default='', max_length=100)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('closing', fields.ForeignKeyField('core.DailyClosing', source_field='closing_id', null=True, db_constraint=True, to_field='id', related_name='entries', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'fee_entry', 'app': 'core', 'indexes': [Index(fields=['case_id'], name='fee_case'), Index(fields=['clerk', 'closing_id'], name='fee_clerk_open')], 'pk_attr': 'id', 'table_description': 'One line of the fee ledger 收费台账, in fen, never changed: a mistake is mended by a further line.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MaterialReceipt',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('core.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='materials', on_delete=OnDelete.RESTRICT)),
                ('order_num', fields.IntField(default=0)),
                ('name', fields.CharField(max_length=500)),
                ('is_need', fields.CharField(default='1', max_length=1)),
                ('is_received', fields.BooleanField(default=False)),
                ('material_format', fields.CharField(default='1', max_length=1)),
                ('original_num', fields.IntField(default=0)),
                ('copy_num', fields.IntField(default=0)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('by', fields.CharField(max_length=100)),
            ],
            options={'table': 'material_receipt', 'app': 'core', 'unique_together': (('case', 'name'),), 'pk_attr': 'id', 'table_description': "收取材料: what of an item's materials was handed in for a case, in what form, how many, when and to whom."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StaffMember',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('login', fields.CharField(unique=True, max_length=32)),
                ('name', fields.CharField(max_length=50)),
                ('post', fields.CharField(max_length=16)),
                ('department', fields.ForeignKeyField('core.Department', source_field='department_id', null=True, db_constraint=True, to_field='id', related_name='staff', on_delete=OnDelete.RESTRICT)),
                ('window', fields.CharField(default='', max_length=50)),
                ('password', fields.CharField(max_length=200)),
                ('password_temporary', fields.BooleanField(default=True)),
                ('second_factor', fields.CharField(default='', max_length=200)),
                ('second_factor_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('second_factor_step', fields.BigIntField(default=0)),
                ('failures', fields.IntField(default=0)),
                ('failed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('disabled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'staff_member', 'app': 'core', 'pk_attr': 'id', 'table_description': 'A person with an account. Nobody is ever deleted, for the trail names them by their login.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StaffSession',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('member', fields.ForeignKeyField('core.StaffMember', source_field='member_id', db_constraint=True, to_field='id', related_name='sessions', on_delete=OnDelete.RESTRICT)),
                ('token_digest', fields.CharField(unique=True, max_length=64)),
                ('stage', fields.CharField(max_length=16)),
                ('origin', fields.CharField(default='', max_length=64)),
                ('began_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('seen_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'staff_session', 'app': 'core', 'indexes': [Index(fields=['member_id', 'ended_at'], name='session_member')], 'pk_attr': 'id', 'table_description': 'One signing in, known by the digest of its token. `stage` says how far it has come.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ChannelSwitch',
            fields=[
                ('place', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=50)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('by', fields.CharField(max_length=32)),
            ],
            options={'table': 'channel_switch', 'app': 'core', 'pk_attr': 'place', 'table_description': 'A channel that staff have switched off. The row is gone when it is on again.'},
            bases=['Model'],
        ),
        ops.AlterModelOptions(
            name='Case',
            options={'table': 'approval_case', 'app': 'core', 'indexes': [Index(fields=['status', 'due_at'], name='case_status_due'), Index(fields=['accepted_at'], name='case_accepted'), Index(fields=['completed_at'], name='case_completed')], 'pk_attr': 'id', 'table_description': "One citizen's matter. Everything from `seq` on is derived from the events in the same transaction."},
        ),
        ops.AddField(
            model_name='Case',
            name='handler',
            field=fields.CharField(default='', max_length=32),
        ),
        # Only what is open is looked through for a worklist: the texts must be those of core/desk/worklist.py.
        ops.RunSQL("CREATE INDEX case_waiting ON approval_case (applied_at, id) WHERE status IN ('submitted', 'pre_passed', 'pre_returned', 'received', 'correction')"),
        ops.RunSQL("CREATE INDEX case_waiting_of ON approval_case (department, applied_at, id) WHERE status IN ('submitted', 'pre_passed', 'pre_returned', 'received', 'correction')"),
        ops.RunSQL("CREATE INDEX case_running ON approval_case (due_at, id) WHERE status IN ('accepted', 'reviewing', 'special', 'transferred', 'decided')"),
        ops.RunSQL("CREATE INDEX case_running_of ON approval_case (department, due_at, id) WHERE status IN ('accepted', 'reviewing', 'special', 'transferred', 'decided')"),
        ops.RunSQL("CREATE INDEX case_done ON approval_case (completed_at, id) WHERE status IN ('completed')"),
        ops.RunSQL("CREATE INDEX case_done_of ON approval_case (department, completed_at, id) WHERE status IN ('completed')"),
        ops.RunSQL("CREATE INDEX case_handler ON approval_case (handler, due_at, id) WHERE handler <> ''"),
        ops.RunSQL("CREATE INDEX case_person ON approval_case (id_number) WHERE id_number <> ''"),
        ops.RunSQL("CREATE INDEX case_mobile ON approval_case (mobile) WHERE mobile <> ''"),
        ops.RunSQL("CREATE INDEX case_applicant ON approval_case (applicant_name)"),
    ]
