from welcome import welcome


def messages(sunroom):
    return [event["payload"] for event in sunroom.events() if event["type"] == "conversation:message"]


def test_a_new_customer_is_greeted(sunroom):
    app_id, key = sunroom.create_app()
    conversation_id = welcome(sunroom.url, app_id, key, "jane@example.org")
    [payload] = messages(sunroom)
    assert payload["conversation"]["id"] == conversation_id
    assert payload["message"]["content"]["text"] == "Welcome!"


def test_a_person_who_writes_on_viber_becomes_a_user(sunroom):
    sunroom.create_app()
    delivered = sunroom.deliver("viber", "15550100", "Is this in stock?")
    [payload] = messages(sunroom)
    assert payload["message"]["author"]["userId"] == delivered["userId"]
