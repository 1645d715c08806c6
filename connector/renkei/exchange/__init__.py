"""The use cases: publish, discover, negotiate, transfer, fetch, request. Only here do the other rooms meet."""
