from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('core', '0003_board')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='PinTry',
            index=Index(fields=['last_at'], name='pin_try_last'),
        ),
    ]
