"""Records that lead by nearness, and names with signs in them.

ministack drops where a record is (GeoProximityLocation), keeps the case of names, and answers with `*` where Route 53
writes `\\052`.
"""

from xml.etree.ElementTree import SubElement

from ministack.services import route53

_PLACE = "GeoProximityLocation"
_PARTS = ("AWSRegion", "LocalZoneGroup", "Bias")

_parse = route53._parse_record_set
_build = route53._build_record_set_el


def _parse_record_set(element) -> dict:
    record = _parse(element)
    record["Name"] = record["Name"].replace("\\052", "*").lower()
    place = route53._find(element, _PLACE)
    if place is not None:
        record[_PLACE] = {part: route53._text(place, part) for part in _PARTS if route53._text(place, part)}
        coordinates = route53._find(place, "Coordinates")
        if coordinates is not None:
            record[_PLACE]["Coordinates"] = {
                part: route53._text(coordinates, part) for part in ("Latitude", "Longitude")
            }
    return record


def _build_record_set(parent, record: dict) -> None:
    _build(parent, {**record, "Name": record["Name"].replace("*", "\\052")})
    if place := record.get(_PLACE):
        element = SubElement(list(parent)[-1], _PLACE)
        for part in _PARTS:
            if part in place:
                SubElement(element, part).text = place[part]
        if "Coordinates" in place:
            coordinates = SubElement(element, "Coordinates")
            for part, value in place["Coordinates"].items():
                SubElement(coordinates, part).text = value


route53._parse_record_set = _parse_record_set
route53._build_record_set_el = _build_record_set
