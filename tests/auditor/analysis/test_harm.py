def test_a_client_with_a_hook_that_asks_about_addresses_is_guarded(tool):
    before = """import ipaddress, socket, httpx
async def refuse(request):
    for info in socket.getaddrinfo(request.url.host, 443):
        if ipaddress.ip_address(info[4][0]).is_private:
            raise ValueError
def other(request):
    return None
"""
    good = "client = httpx.AsyncClient(event_hooks={'request': [refuse]})"
    assert tool(good, "client.get(x)", before=before) == set()
    assert tool(good.replace("refuse", "other"), "client.get(x)", before=before) == {"request"}


def test_a_query_is_reported_where_its_text_was_put_together(reached):
    text = """@mcp.tool()
def find(x: str):
    return run("SELECT * FROM " + x)
def run(sql):
    return db.execute(sql)
"""
    assert reached(server_dot_py=text) == {("query", 3)}


def test_a_whole_query_of_the_caller_is_what_the_tool_is_for(tool):
    assert tool("db.execute(x)") == set()
