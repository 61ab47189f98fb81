package example;

import com.zendesk.sunshine_conversations_client.ApiClient;
import com.zendesk.sunshine_conversations_client.ApiException;
import com.zendesk.sunshine_conversations_client.api.ConversationsApi;
import com.zendesk.sunshine_conversations_client.api.MessagesApi;
import com.zendesk.sunshine_conversations_client.api.UsersApi;
import com.zendesk.sunshine_conversations_client.model.Author;
import com.zendesk.sunshine_conversations_client.model.ConversationCreateBody;
import com.zendesk.sunshine_conversations_client.model.ConversationType;
import com.zendesk.sunshine_conversations_client.model.MessagePost;
import com.zendesk.sunshine_conversations_client.model.ParticipantSubSchema;
import com.zendesk.sunshine_conversations_client.model.TextMessage;
import com.zendesk.sunshine_conversations_client.model.UserCreateBody;

/** Makes customers known and greets them, by the official client. */
public class Welcome {
    private final ApiClient client = new ApiClient();
    private final String appId;

    public Welcome(String url, String appId, String keyId, String keySecret) {
        this.appId = appId;
        client.setBasePath(url);
        client.setUsername(keyId);
        client.setPassword(keySecret);
    }

    /** Answers the id of the conversation. */
    public String welcome(String externalId) throws ApiException {
        new UsersApi(client).createUser(new UserCreateBody().externalId(externalId), appId);
        var personal = new ConversationCreateBody()
                .type(ConversationType.PERSONAL)
                .addParticipantsItem(new ParticipantSubSchema().userExternalId(externalId));
        var conversationId = new ConversationsApi(client).createConversation(personal, appId).getConversation().getId();
        var greeting = new MessagePost()
                .author(new Author().type(Author.TypeEnum.BUSINESS))
                .content(new TextMessage().type("text").text("Welcome!"));
        new MessagesApi(client).postMessage(greeting, appId, conversationId);
        return conversationId;
    }
}
