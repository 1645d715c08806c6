from renkei.protocol.catalog import Catalog, Dataset
from renkei.protocol.messages import CatalogRequest, DataAddress


def test_a_dataset_is_found_by_its_id():
    shown = Dataset(id="urn:d:2", offers=(), distributions=())
    catalog = Catalog(id="urn:c", datasets=(Dataset(id="urn:d:1", offers=(), distributions=()), shown))
    assert catalog.dataset("urn:d:2") is shown
    assert catalog.dataset("urn:d:3") is None


def test_the_first_endpoint_property_of_a_name_counts():
    address = DataAddress(endpoint_type="HTTP", properties=(("authorization", "a"), ("authorization", "b")))
    assert address.property("authorization") == "a"
    assert address.property("authType") is None


def test_nobody_can_add_to_what_messages_share():
    first, second = CatalogRequest(), CatalogRequest()
    assert first.extensions == {} == second.extensions
    assert not hasattr(first.extensions, "update")
