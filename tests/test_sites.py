import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sites import site_of


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.news.example.co.uk/a/b?c", "example.co.uk"),
        ("http://user:secret@WWW.BBC.co.uk:8080/news", "bbc.co.uk"),
        ("www.spiegel.de/politik", "spiegel.de"),
        ("//cdn.example.org/x", "example.org"),
        ("example.com", "example.com"),
        ("http://example.com./a", "example.com"),
        ("https://a.b.github.io/post", "b.github.io"),
        ("https://co.uk/", "co.uk"),
        ("http://müller.de/x", "müller.de"),
        ("", ""),
        ("no url", ""),
        ("localhost", ""),
        ("http://localhost:8000/x", ""),
        ("http://[::1]/x", ""),
        ("http://[broken/x", ""),
        ("/just/a/path.html", ""),
        pytest.param("http://192.168.10.20/x", "192.168.10.20"),
        pytest.param(*("example.com/go?to=https://other.org", "example.com")),
    ],
)
def test_site(url, site):
    assert site_of(url) == site


@given(st.text())
def test_any_text_has_a_site_or_none(text):
    assert " " not in site_of(text)


@given(st.from_regex(r"[a-z]{1,8}\.[a-z]{3,8}\.(com|co\.uk|de|com\.br)", fullmatch=True))
def test_the_site_of_a_site_is_itself_and_of_a_subdomain_the_same(host):
    site = site_of(host)
    assert host.endswith(site)
    assert site_of(site) == site == site_of(f"https://www.{host}/path")
