"""What there is to buy."""

import yaml
from django.db.models import Count
from django.http import JsonResponse

from .models import Item


def items(request):
    """Items, grouped as the visitor asks."""
    alias = request.GET.get("by", "shelf")
    rows = Item.objects.annotate(**{alias: Count("shelf")}).values("title", alias)
    return JsonResponse(list(rows), safe=False)


def load(request):
    """Takes a supplier's list."""
    for row in yaml.load(request.body, Loader=yaml.FullLoader):
        Item.objects.create(**row)
    return JsonResponse({"ok": True})
