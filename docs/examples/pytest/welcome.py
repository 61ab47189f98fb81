import sunshine_conversations_client as sunshine
from sunshine_conversations_client.model.participant_sub_schema import ParticipantSubSchema
from sunshine_conversations_client.model.participant_with_user_external_id import ParticipantWithUserExternalId


def welcome(url, app_id, key, external_id):
    """Makes a customer known and greets, by the official client; answers the id of the conversation."""
    configuration = sunshine.Configuration(host=url, username=key["id"], password=key["secret"])
    with sunshine.ApiClient(configuration) as client:
        sunshine.UsersApi(client).create_user(app_id, sunshine.UserCreateBody(external_id=external_id))
        participant = ParticipantSubSchema(ParticipantWithUserExternalId(user_external_id=external_id))
        personal = sunshine.ConversationCreateBody(type="personal", participants=[participant])
        conversation = sunshine.ConversationsApi(client).create_conversation(app_id, personal).conversation
        greeting = sunshine.MessagePost(
            author=sunshine.Author(type="business"),
            content=sunshine.Content(sunshine.TextMessage(type="text", text="Welcome!")),
        )
        sunshine.MessagesApi(client).post_message(app_id, conversation.id, greeting)
        return conversation.id
