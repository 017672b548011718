"""Of some uploads it is said later what became of them: under which number to ask."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0012_what_was_told_is_recalled'),
    ]

    operations = [
        migrations.AddField(
            model_name='upload',
            name='request',
            field=models.CharField(blank=True, default='', max_length=80),
        ),
        migrations.AlterField(
            model_name='destination',
            name='vendor',
            field=models.CharField(choices=[('data_manager', 'Google Ads (Data Manager)'), ('google_ads', 'Google Ads'), ('ga4', 'Google Analytics 4'), ('meta', 'Meta Conversions API')], max_length=12),
        ),
        migrations.AlterField(
            model_name='upload',
            name='state',
            field=models.CharField(choices=[('waiting', 'waiting'), ('pending', 'accepted'), ('sent', 'sent'), ('refused', 'refused'), ('left out', 'left out'), ('unsure', 'sent, without an answer'), ('failed', 'given up')], max_length=8),
        ),
    ]
