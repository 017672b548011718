"""Destinations of uploads, what each is told, what they answered, and what is to be looked at."""

import crm.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm', '0001_squashed_0034_consents_come_by_spreadsheet'),
        ('integrations', '0001_squashed_0009_segments_are_told'),
    ]

    operations = [
        migrations.CreateModel(
            name='Destination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('vendor', models.CharField(choices=[('google_ads', 'Google Ads'), ('ga4', 'Google Analytics 4'), ('meta', 'Meta Conversions API')], max_length=12)),
                ('settings', crm.fields.SealedSettingsField(default=dict, secrets=['access_token', 'api_secret', 'client_secret', 'developer_token', 'refresh_token'])),
                ('actions', models.JSONField(default=dict)),
                ('calls', models.JSONField(default=dict)),
                ('brand', models.CharField(blank=True, default='', max_length=20)),
                ('purpose', models.CharField(max_length=40)),
                ('is_by_click', models.BooleanField(default=True)),
                ('by_orders', models.BooleanField(default=False)),
                ('since', models.DateTimeField()),
                ('is_taken_back', models.BooleanField(default=False)),
                ('base', models.CharField(blank=True, default='', max_length=200)),
                ('token', crm.fields.SealedField(blank=True, default='', max_length=4000)),
                ('token_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('failing_since', models.DateTimeField(null=True)),
                ('paused_at', models.DateTimeField(null=True)),
                ('paused_for', models.CharField(blank=True, choices=[('staff', 'somebody paused it'), ('access', 'it was refused access'), ('failing', 'every request failed for five days')], default='', max_length=7)),
                ('said', models.CharField(blank=True, default='', max_length=200)),
                ('removed_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='UploadNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('conversion', 'a conversion'), ('identifier', 'an identifier'), ('customer', 'a customer')], max_length=10)),
                ('row_id', models.BigIntegerField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('conversion', models.BigIntegerField()),
                ('turn', models.PositiveSmallIntegerField(default=1)),
                ('number', models.PositiveSmallIntegerField(default=0)),
                ('what', models.CharField(choices=[('made', 'conversion'), ('taken back', 'taken back'), ('restated', 'worth less')], default='made', max_length=10)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('sent', 'sent'), ('refused', 'refused'), ('left out', 'left out'), ('unsure', 'sent, without an answer'), ('failed', 'given up')], max_length=8)),
                ('why', models.CharField(blank=True, default='', max_length=200)),
                ('told_as', models.CharField(max_length=140)),
                ('action', models.CharField(blank=True, default='', max_length=60)),
                ('click', models.BigIntegerField(null=True)),
                ('click_kind', models.CharField(blank=True, default='', max_length=20)),
                ('call', models.BigIntegerField(null=True)),
                ('at', models.DateTimeField()),
                ('value', models.DecimalField(decimal_places=2, max_digits=12)),
                ('before', models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                ('currency', models.CharField(max_length=3)),
                ('shown', models.JSONField(default=dict)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('destination', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to='integrations.destination')),
                ('identifier', crm.fields.SoftForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.identifier')),
            ],
        ),
        migrations.CreateModel(
            name='UploadAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('milliseconds', models.PositiveIntegerField()),
                ('fate', models.CharField(max_length=8)),
                ('code', models.CharField(blank=True, default='', max_length=80)),
                ('said', models.CharField(blank=True, default='', max_length=200)),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='integrations.upload')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['destination', '-id'], name='upload_latest'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['destination', 'state', '-id'], name='upload_by_state'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['state', '-id'], name='upload_of_state'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['destination', 'due_at'], name='upload_due'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['conversion'], name='upload_of_conversion'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['identifier'], name='upload_of_identifier'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.UniqueConstraint(fields=('destination', 'conversion', 'turn', 'number'), name='upload_once'),
        ),
    ]
