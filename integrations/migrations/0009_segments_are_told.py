"""Systems are told who enters and leaves segments; no statement of the database."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0008_what_happens_is_noted'),
    ]

    operations = [
        migrations.AlterField(
            model_name='webhookmessage',
            name='event',
            field=models.CharField(choices=[('customer.merged', 'Two customers became one'), ('customer.unmerged', 'A customer was parted from another again'), ('conversion.recorded', 'A conversion was recorded'), ('conversion.withdrawn', 'A conversion counts no more'), ('call.ended', 'A call ended'), ('segment.entered', 'A customer entered a segment'), ('segment.left', 'A customer left a segment'), ('test', 'A test')], max_length=30),
        ),
    ]
