from tortoise import fields, migrations
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [('core', '0004_upkeep')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Kiosk',
            name='printer',
            field=fields.CharField(default='', max_length=200),
        ),
    ]
