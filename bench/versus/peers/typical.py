"""What most Flask applications are made of: Flask-SQLAlchemy, Flask-JWT-Extended, marshmallow, Flask-Login."""

import os
import uuid
from datetime import UTC, date, datetime

import sqlalchemy as sa
from flask import Blueprint, Flask, abort, jsonify, redirect, render_template, request
from flask_jwt_extended import JWTManager, create_access_token, current_user, jwt_required
from flask_login import LoginManager, UserMixin, login_required, login_user
from flask_login import current_user as visitor
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy.orm import selectinload
from werkzeug.security import check_password_hash

db, jwt, sessions, csrf = SQLAlchemy(), JWTManager(), LoginManager(), CSRFProtect()
api = Blueprint("api", __name__, url_prefix="/api/v1")
pages = Blueprint("pages", __name__)
csrf.exempt(api)
SOME_DAY = date(9999, 12, 31)

todo_tags = db.Table(
    "todo_tags",
    db.Column("todo_id", sa.Uuid, sa.ForeignKey("todos.id"), primary_key=True),
    db.Column("name", db.String(40), primary_key=True),
)


class User(UserMixin, db.Model):
    __tablename__ = "users"
    id = db.Column(sa.Uuid, primary_key=True)
    email_normalized = db.Column(db.String(320))
    username = db.Column(db.String(64))
    first_name = db.Column(db.String(128))
    last_name = db.Column(db.String(128))
    password_hash = db.Column(db.String(255))
    is_active = db.Column(db.Boolean)

    @property
    def full_name(self):
        return f"{self.first_name} {self.last_name}".strip()


class File(db.Model):
    __tablename__ = "files"
    id = db.Column(sa.Uuid, primary_key=True)
    name = db.Column(db.String(255))
    media_type = db.Column(db.String(127))
    size = db.Column(db.BigInteger)
    created_at = db.Column(db.DateTime(timezone=True))


class TodoFile(db.Model):
    __tablename__ = "todo_files"
    file_id = db.Column(sa.Uuid, sa.ForeignKey("files.id"), primary_key=True)
    todo_id = db.Column(sa.Uuid, sa.ForeignKey("todos.id"))
    file = db.relationship(File)


class TodoPerson(db.Model):
    __tablename__ = "todo_people"
    user_id = db.Column(sa.Uuid, sa.ForeignKey("users.id"), primary_key=True)
    todo_id = db.Column(sa.Uuid, sa.ForeignKey("todos.id"), primary_key=True)
    is_assigned = db.Column(db.Boolean, default=False)
    user = db.relationship(User)


class TodoTag(db.Model):
    __table__ = todo_tags


class Todo(db.Model):
    __tablename__ = "todos"
    id = db.Column(sa.Uuid, primary_key=True, default=uuid.uuid4)
    owner_id = db.Column(sa.Uuid, sa.ForeignKey("users.id"))
    title = db.Column(db.String(200))
    notes = db.Column(db.Text)
    due_day = db.Column(db.Date, default=SOME_DAY)
    priority = db.Column(db.SmallInteger)
    done_at = db.Column(db.DateTime(timezone=True))
    deleted_at = db.Column(db.DateTime(timezone=True))
    version = db.Column(db.BigInteger)
    created_at = db.Column(db.DateTime(timezone=True), default=lambda: datetime.now(UTC))
    updated_at = db.Column(
        db.DateTime(timezone=True), default=lambda: datetime.now(UTC), onupdate=lambda: datetime.now(UTC)
    )
    owner = db.relationship(User)
    people = db.relationship(TodoPerson)
    labels = db.relationship(TodoTag)
    files = db.relationship(TodoFile)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def due_on(self):
        return None if self.due_day == SOME_DAY else self.due_day

    @property
    def done(self):
        return self.done_at is not None

    @property
    def tags(self):
        return sorted(label.name for label in self.labels)

    @property
    def assignees(self):
        return [person.user for person in self.people if person.is_assigned]

    @property
    def attachments(self):
        return [{**_file(one.file), "todo_id": self.id} for one in self.files]


def _file(file):
    return {name: getattr(file, name) for name in ("id", "name", "media_type", "size", "created_at")}


EAGER = (
    selectinload(Todo.owner),
    selectinload(Todo.people).selectinload(TodoPerson.user),
    selectinload(Todo.labels),
    selectinload(Todo.files).selectinload(TodoFile.file),
)


class PersonSchema(Schema):
    id = fields.UUID()
    username = fields.Str()
    full_name = fields.Str()


class AttachmentSchema(Schema):
    id = fields.UUID()
    name = fields.Str()
    media_type = fields.Str()
    size = fields.Int()
    created_at = fields.DateTime()
    url = fields.Function(lambda one: f"/api/v1/todos/{one['todo_id']}/attachments/{one['id']}")


class TodoSchema(Schema):
    id = fields.UUID(dump_only=True)
    title = fields.Str(required=True, validate=validate.Length(1, 200))
    notes = fields.Str(load_default="", validate=validate.Length(max=20_000))
    due_on = fields.Date(load_default=None, allow_none=True)
    priority = fields.Int(load_default=3, validate=validate.Range(1, 5))
    done = fields.Bool(dump_only=True)
    done_at = fields.DateTime(dump_only=True)
    tags = fields.List(fields.Str(validate=validate.Length(1, 40)), load_default=list)
    owner = fields.Nested(PersonSchema, dump_only=True)
    assignees = fields.List(fields.Nested(PersonSchema), dump_only=True)
    attachments = fields.List(fields.Nested(AttachmentSchema), dump_only=True)
    version = fields.Int(dump_only=True)
    created_at = fields.DateTime(dump_only=True)
    updated_at = fields.DateTime(dump_only=True)


class TodoChange(Schema):
    title = fields.Str(validate=validate.Length(1, 200))
    priority = fields.Int(validate=validate.Range(1, 5))


one, many, change = TodoSchema(), TodoSchema(many=True), TodoChange()


@jwt.user_lookup_loader
def _holder(_header, said):
    return db.session.get(User, uuid.UUID(said["sub"]))


@sessions.user_loader
def _visitor(said):
    return db.session.get(User, uuid.UUID(said))


@api.errorhandler(ValidationError)
def _invalid(error):
    return jsonify(errors=error.messages), 422


def _checked(email, password):
    user = db.session.scalar(sa.select(User).where(User.email_normalized == email))
    if user is None or not user.is_active or not check_password_hash(user.password_hash, password):
        abort(401)
    return user


def _seen(user):
    query = sa.select(Todo).join(TodoPerson, TodoPerson.todo_id == Todo.id)
    return query.where(TodoPerson.user_id == user.id, Todo.deleted_at.is_(None)).options(*EAGER)


def _one(todo_id):
    return db.session.scalar(_seen(current_user).where(Todo.id == todo_id)) or abort(404)


def _shown(todo, status=200):
    return jsonify(one.dump(todo)), status, {"ETag": f'"{todo.version}"'}


@api.get("/calculator/add")
def add():
    return jsonify(result=request.args.get("a", type=int) + request.args.get("b", type=int))


@api.post("/tokens")
def log_in():
    said = request.get_json()
    return jsonify(access_token=create_access_token(str(_checked(said["email"], said["password"]).id)))


@api.get("/todos")
@jwt_required()
def list_todos():
    page = db.paginate(_seen(current_user).order_by(TodoPerson.todo_id.desc()), max_per_page=100, per_page=50)
    return jsonify(items=many.dump(page.items), total=page.total)


@api.get("/todos/<uuid:todo_id>")
@jwt_required()
def get_todo(todo_id):
    return _shown(_one(todo_id))


@api.post("/todos")
@jwt_required()
def create_todo():
    said = one.load(request.get_json())
    tags, day = said.pop("tags"), said.pop("due_on")
    todo = Todo(owner=current_user, due_day=day or SOME_DAY, **said)
    todo.people = [TodoPerson(user_id=current_user.id)]
    todo.labels = [TodoTag(name=name) for name in tags]
    db.session.add(todo)
    db.session.commit()
    return _shown(todo, 201)


@api.patch("/todos/<uuid:todo_id>")
@jwt_required()
def change_todo(todo_id):
    todo = _one(todo_id)
    if request.headers.get("If-Match") != f'"{todo.version}"':
        abort(412)
    for name, value in change.load(request.get_json()).items():
        setattr(todo, name, value)
    db.session.commit()
    return _shown(todo)


@pages.route("/login", methods=["GET", "POST"])
def page_login():
    if request.method == "GET":
        return render_template("typical_login.html")
    login_user(_checked(request.form["email"], request.form["password"]))
    return redirect("/todos", 303)


@pages.get("/todos")
@login_required
def page():
    query = _seen(visitor).where(Todo.done_at.is_(None)).order_by(TodoPerson.todo_id.desc()).limit(20)
    return render_template("typical.html", todos=db.session.scalars(query).all(), visitor=visitor)


def create_app():
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=os.environ["BENCH_SECRET"],
        JWT_SECRET_KEY=os.environ["BENCH_SECRET"],
        SQLALCHEMY_DATABASE_URI=os.environ["BENCH_DATABASE"],
    )
    for extension in (db, jwt, sessions, csrf):
        extension.init_app(app)
    app.register_blueprint(api)
    app.register_blueprint(pages)
    if os.environ["BENCH_DATABASE"].startswith("sqlite"):
        with app.app_context():
            sa.event.listen(db.engine, "connect", _tuned)
    return app


def _tuned(connection, _record):
    for said in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=5000"):
        connection.execute(f"pragma {said}")


app = create_app()
