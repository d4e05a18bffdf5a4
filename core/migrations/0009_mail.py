from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Widened(ops.AlterField):
    """SQLite keeps no column's width: making its tables anew would only cost the partial indexes of 0008."""

    async def database_forward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        if state_editor is not None and state_editor.DIALECT != "sqlite":
            await super().database_forward(app_label, old_state, new_state, state_editor)

    async def database_backward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        if state_editor is not None and state_editor.DIALECT != "sqlite":
            await super().database_backward(app_label, old_state, new_state, state_editor)


class Migration(migrations.Migration):
    dependencies = [('core', '0008_notify')]

    initial = False

    operations = [
        Widened(
            model_name='Message',
            name='address',
            field=fields.CharField(max_length=254),
        ),
        Widened(
            model_name='OptOut',
            name='address',
            field=fields.CharField(max_length=254),
        ),
        Widened(
            model_name='Subscription',
            name='address',
            field=fields.CharField(max_length=254),
        ),
    ]
