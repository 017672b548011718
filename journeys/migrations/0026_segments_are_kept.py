"""Segments are kept: who is in them, who came and went, how large they were."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journeys', '0025_days_that_change_are_noted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomerSegment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('definition', models.JSONField()),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('walk', models.JSONField(null=True)),
                ('walked', models.BigIntegerField(default=0)),
                ('about', models.BigIntegerField(default=0)),
                ('kept_at', models.DateTimeField(null=True)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SegmentChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField()),
                ('said', models.CharField(max_length=300)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer_id', models.BigIntegerField()),
                ('due_at', models.DateTimeField()),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='looks', to='journeys.customersegment')),
            ],
            options={
                'indexes': [models.Index(fields=['due_at'], name='look_due'), models.Index(fields=['customer_id'], name='look_customer')],
                'constraints': [models.UniqueConstraint(fields=('segment', 'customer_id'), name='look_once')],
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer_id', models.BigIntegerField()),
                ('brand', models.CharField(blank=True, default='', max_length=20)),
                ('since', models.DateTimeField()),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='journeys.customersegment')),
            ],
            options={
                'indexes': [models.Index(fields=['customer_id'], name='member_customer'), models.Index(fields=['segment', '-id'], name='member_newest')],
                'constraints': [models.UniqueConstraint(fields=('segment', 'customer_id'), name='member_once')],
            },
        ),
        migrations.CreateModel(
            name='Passage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer_id', models.BigIntegerField()),
                ('has_entered', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='passages', to='journeys.customersegment')),
            ],
            options={
                'indexes': [models.Index(fields=['segment', '-id'], name='passage_newest'), models.Index(fields=['customer_id'], name='passage_customer')],
            },
        ),
        migrations.CreateModel(
            name='SegmentSize',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('brand', models.CharField(blank=True, default='', max_length=20)),
                ('on', models.DateField()),
                ('size', models.BigIntegerField()),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='sizes', to='journeys.customersegment')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('segment', 'brand', 'on'), name='segment_size_once'), models.CheckConstraint(condition=models.Q(('size__gte', 0)), name='segment_size_is_a_number')],
            },
        ),
    ]
