"""Todos over HTTP: a view set for programs, a page for people."""

from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import include, path
from rest_framework import mixins, routers, serializers, viewsets
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import AccessToken

from django_rest.todos.models import SOME_DAY, Todo, TodoPerson, TodoTag, User

EAGER = ("people__user", "labels", "files__file")


class Changed(APIException):
    status_code = 412
    default_detail = "Changed meanwhile."


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ("id", "username", "full_name")


class TodoSerializer(serializers.ModelSerializer):
    priority = serializers.IntegerField(min_value=1, max_value=5, default=3)
    due_on = serializers.DateField(required=False, allow_null=True, write_only=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), required=False, write_only=True)
    done = serializers.ReadOnlyField()
    owner = PersonSerializer(read_only=True)

    class Meta:
        model = Todo
        fields = (
            "id", "title", "notes", "due_on", "priority", "done", "done_at", "tags", "owner", "version",
            "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("id", "done_at", "version", "created_at", "updated_at")

    def to_representation(self, todo):
        shown = super().to_representation(todo)
        assigned = [one.user for one in todo.people.all() if one.is_assigned]
        files = [one.file for one in todo.files.all()]
        names = ("id", "name", "media_type", "size", "created_at")
        return shown | {
            "due_on": None if todo.due_day == SOME_DAY else todo.due_day,
            "tags": sorted(label.name for label in todo.labels.all()),
            "assignees": PersonSerializer(assigned, many=True).data,
            "attachments": [
                {name: getattr(file, name) for name in names}
                | {"url": f"/api/v1/todos/{todo.id}/attachments/{file.id}"}
                for file in files
            ],
        }


class TodoViews(
    mixins.CreateModelMixin, mixins.RetrieveModelMixin, mixins.ListModelMixin, mixins.UpdateModelMixin,
    viewsets.GenericViewSet,
):  # fmt: skip
    serializer_class = TodoSerializer

    def get_queryset(self):
        mine = Todo.objects.filter(people__user=self.request.user, deleted_at=None)
        return mine.select_related("owner").prefetch_related(*EAGER).order_by("-people__todo_id")

    @transaction.atomic
    def perform_create(self, serializer):
        tags, day = serializer.validated_data.pop("tags", []), serializer.validated_data.pop("due_on", None)
        todo = serializer.save(owner=self.request.user, due_day=day or SOME_DAY)
        TodoPerson.objects.create(user=self.request.user, todo=todo, is_assigned=False)
        TodoTag.objects.bulk_create([TodoTag(todo=todo, name=name) for name in tags])

    @transaction.atomic
    def perform_update(self, serializer):
        if self.request.headers.get("If-Match") != f'"{serializer.instance.version}"':
            raise Changed
        serializer.save(version=serializer.instance.version + 1)

    def finalize_response(self, request, response, *args, **kwargs):
        answer = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(answer.data, dict) and "version" in answer.data:
            answer["ETag"] = f'"{answer.data["version"]}"'
        return answer


@api_view(["GET"])
@authentication_classes([])
@permission_classes([])
def add(request):
    numbers = [serializers.IntegerField().run_validation(request.query_params.get(name)) for name in "ab"]
    return Response({"result": sum(numbers)})


@api_view(["POST"])
@authentication_classes([])
@permission_classes([])
def log_in(request):
    user = authenticate(request, username=request.data["email"], password=request.data["password"])
    if user is None:
        return Response({"detail": "No active account found with the given credentials"}, 401)
    return Response({"access_token": str(AccessToken.for_user(user))})


def page_login(request):
    if request.method == "GET":
        return render(request, "login.html")
    user = authenticate(request, username=request.POST["email"], password=request.POST["password"])
    if user is None:
        return HttpResponse(status=401)
    login(request, user)
    return HttpResponseRedirect("/todos")


@login_required
def page(request):
    mine = Todo.objects.filter(people__user=request.user, deleted_at=None, done_at=None).select_related("owner")
    todos = mine.prefetch_related(*EAGER).order_by("-people__todo_id")[:20]
    for todo in todos:
        todo.due_on = None if todo.due_day == SOME_DAY else todo.due_day
    return render(request, "todos.html", {"todos": todos})


router = routers.SimpleRouter(trailing_slash=False)
router.register("todos", TodoViews, basename="todo")
urlpatterns = [
    path("api/v1/calculator/add", add),
    path("api/v1/tokens", log_in),
    path("api/v1/", include(router.urls)),
    path("login", page_login),
    path("todos", page),
]
