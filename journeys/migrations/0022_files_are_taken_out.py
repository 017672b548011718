"""What Explore found is taken out as files."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journeys', '0021_conversions_are_defined'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Extract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('query', models.TextField(blank=True, default='')),
                ('format', models.CharField(choices=[('csv', 'CSV'), ('parquet', 'Parquet')], default='csv', max_length=7)),
                ('state', models.CharField(choices=[('waiting', 'being made'), ('ready', 'ready'), ('failed', 'failed'), ('gone', 'gone')], default='waiting', max_length=7)),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('is_open', models.BooleanField(default=False)),
                ('about', models.BigIntegerField(default=0)),
                ('done', models.BigIntegerField(default=0)),
                ('bytes', models.BigIntegerField(default=0)),
                ('file', models.CharField(blank=True, default='', max_length=200)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('at', models.DateTimeField(null=True)),
                ('asked_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Extracted',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer_id', models.BigIntegerField()),
                ('extract', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='customers', to='journeys.extract')),
            ],
        ),
        migrations.AddIndex(
            model_name='extract',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['id'], name='extract_waiting'),
        ),
        migrations.AddIndex(
            model_name='extract',
            index=models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='extract_expires'),
        ),
        migrations.AddIndex(
            model_name='extract',
            index=models.Index(fields=['owner', '-id'], name='extract_of_owner'),
        ),
        migrations.AddIndex(
            model_name='extracted',
            index=models.Index(fields=['customer_id'], name='extracted_customer'),
        ),
        migrations.AddConstraint(
            model_name='extracted',
            constraint=models.UniqueConstraint(fields=('extract', 'customer_id'), name='extracted_once'),
        ),
    ]
