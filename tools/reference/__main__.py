"""Write every page of docs/reference that is made from the code anew: `make reference`."""

from tools.reference.pages import FOLDER, PAGES

for name, page in PAGES.items():
    (FOLDER / name).write_text(page(), encoding="utf-8")
