"""Endpoints, the messages that they are sent and how that went, and how far what happened was told."""

import crm.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import integrations.webhooks.signing
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm', '0034_consents_come_by_spreadsheet'),
        ('integrations', '0006_deliveries_leave_trails'),
    ]

    operations = [
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('url', models.CharField(max_length=500)),
                ('events', models.JSONField(default=list)),
                ('brand', models.CharField(blank=True, default='', max_length=20)),
                ('secret', crm.fields.SealedField(default=integrations.webhooks.signing.new_secret, max_length=600)),
                ('former_secret', crm.fields.SealedField(blank=True, default='', max_length=600)),
                ('former_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('failing_since', models.DateTimeField(null=True)),
                ('paused_at', models.DateTimeField(null=True)),
                ('paused_for', models.CharField(blank=True, choices=[('staff', 'somebody paused it'), ('gone', 'it answered 410: it wants no more'), ('failing', 'every attempt failed for five days')], default='', max_length=7)),
                ('removed_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='WebhookPlace',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('upto', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Happening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('call', 'a call'), ('conversion', 'a conversion')], max_length=10)),
                ('row_id', models.BigIntegerField()),
                ('was', models.BooleanField(default=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'row_id'], name='happening_of_row')],
            },
        ),
        migrations.CreateModel(
            name='WebhookMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', models.CharField(max_length=80)),
                ('event', models.CharField(choices=[('customer.merged', 'Two customers became one'), ('customer.unmerged', 'A customer was parted from another again'), ('conversion.recorded', 'A conversion was recorded'), ('conversion.withdrawn', 'A conversion counts no more'), ('call.ended', 'A call ended'), ('test', 'A test')], max_length=30)),
                ('body', models.TextField()),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('sent', 'sent'), ('failed', 'given up')], default='waiting', max_length=7)),
                ('due_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('customer', crm.fields.SoftForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.customer')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='integrations.endpoint')),
                ('former', crm.fields.SoftForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.customer')),
            ],
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('milliseconds', models.PositiveIntegerField()),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('answer', models.CharField(blank=True, default='', max_length=500)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tries', to='integrations.webhookmessage')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['endpoint', '-id'], name='webhook_message_latest'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['endpoint', 'due_at'], name='webhook_message_due'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['created_at'], name='webhook_message_age'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(condition=models.Q(('customer__isnull', False)), fields=['customer'], name='webhook_message_customer'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(condition=models.Q(('former__isnull', False)), fields=['former'], name='webhook_message_former'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.UniqueConstraint(fields=('endpoint', 'key'), name='webhook_message_once'),
        ),
    ]
