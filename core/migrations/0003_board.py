from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('core', '0002_hall')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Case',
            index=Index(fields=['accepted_at'], name='case_accepted'),
        ),
        ops.AddIndex(
            model_name='Case',
            index=Index(fields=['completed_at'], name='case_completed'),
        ),
    ]
