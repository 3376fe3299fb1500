"""What `panel serve explorer` runs, once per page. Everything shared lives in the imported modules."""

from explorer.app import create_app

create_app().servable()
