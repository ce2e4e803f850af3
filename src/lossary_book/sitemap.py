"""What a search engine asks for first: the list of pages, and where it is.

sphinx-sitemap lists the pages that this build wrote, so that a second build of an unchanged book
would list none.
"""

from pathlib import Path
from xml.etree import ElementTree

from sphinx.application import Sphinx

from lossary_book import addresses

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def write(app: Sphinx) -> None:
    """Write sitemap.xml and robots.txt, which hold full addresses, or drop them without one."""
    sitemap, robots = Path(app.outdir, "sitemap.xml"), Path(app.outdir, "robots.txt")
    if not app.config.html_baseurl:
        sitemap.unlink(missing_ok=True)
        robots.unlink(missing_ok=True)
        return
    urls = ElementTree.Element("urlset", xmlns=NAMESPACE)
    for docname in sorted(app.env.found_docs):
        place = addresses.absolute(app.config, app.builder.get_target_uri(docname))
        ElementTree.SubElement(ElementTree.SubElement(urls, "url"), "loc").text = place
    ElementTree.indent(urls)
    addresses.leave(sitemap, ElementTree.tostring(urls, "utf-8", xml_declaration=True) + b"\n")
    where = addresses.absolute(app.config, sitemap.name)
    addresses.leave(robots, f"User-agent: *\nAllow: /\nSitemap: {where}\n".encode())
