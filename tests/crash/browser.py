"""Signs in at the pages, as a browser does."""
import http.cookiejar, re, urllib.parse, urllib.request


def cookies_of(url, email, password):
    """The Cookie header of somebody who has signed in at the login page, reading English."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.addheaders = [("Accept-Language", "en"), ("Origin", url)]
    token = re.search(r'name="_csrf" value="([^"]+)"', browser.open(url + "/login").read().decode())
    assert token, "the sign-in form has no token"
    form = {"_csrf": token.group(1), "email": email, "password": password}
    browser.open(url + "/login", urllib.parse.urlencode(form).encode())
    assert browser.open(url + "/panel").url.endswith("/panel"), "signing in did not lead to the panel"
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
