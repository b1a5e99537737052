"""Users and todos, on the tables that are there."""

import uuid
from datetime import date

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

SOME_DAY = date(9999, 12, 31)


class Users(BaseUserManager):
    def get_by_natural_key(self, email):
        return self.get(email_normalized=email)


class User(AbstractBaseUser):
    id = models.UUIDField(primary_key=True)
    email_normalized = models.CharField(max_length=320, unique=True)
    username = models.CharField(max_length=64, null=True)
    first_name = models.CharField(max_length=128)
    last_name = models.CharField(max_length=128)
    password = models.CharField(max_length=255, db_column="password_hash")
    is_active = models.BooleanField()
    last_login = None
    USERNAME_FIELD = "email_normalized"
    objects = Users()

    class Meta:
        db_table = "users"
        managed = False

    @property
    def full_name(self):
        return f"{self.first_name} {self.last_name}".strip()


class File(models.Model):
    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=127)
    size = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "files"
        managed = False


class Todo(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.ForeignKey(User, models.CASCADE)
    title = models.CharField(max_length=200)
    notes = models.TextField(blank=True, default="")
    due_day = models.DateField(default=SOME_DAY)
    priority = models.SmallIntegerField(default=3)
    done_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "todos"
        managed = False

    @property
    def done(self):
        return self.done_at is not None


class TodoPerson(models.Model):
    pk = models.CompositePrimaryKey("user_id", "todo_id")
    user = models.ForeignKey(User, models.CASCADE)
    todo = models.ForeignKey(Todo, models.CASCADE, related_name="people")
    is_assigned = models.BooleanField(default=False)

    class Meta:
        db_table = "todo_people"
        managed = False


class TodoTag(models.Model):
    pk = models.CompositePrimaryKey("todo_id", "name")
    todo = models.ForeignKey(Todo, models.CASCADE, related_name="labels")
    name = models.CharField(max_length=40)

    class Meta:
        db_table = "todo_tags"
        managed = False


class TodoFile(models.Model):
    file = models.OneToOneField(File, models.CASCADE, primary_key=True)
    todo = models.ForeignKey(Todo, models.CASCADE, related_name="files")

    class Meta:
        db_table = "todo_files"
        managed = False
