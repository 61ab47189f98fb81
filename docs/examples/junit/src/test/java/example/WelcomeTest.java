package example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class WelcomeTest {
    @RegisterExtension
    static final Sunroom sunroom = new Sunroom();

    @Test
    void aNewCustomerIsGreeted() throws Exception {
        var app = sunroom.createApp();
        var program = new Welcome(sunroom.url(), app.id(), app.keyId(), app.keySecret());
        var conversationId = program.welcome("jane@example.org");
        var messages = sunroom.events("conversation:message");
        assertEquals(1, messages.size());
        assertEquals(conversationId, messages.get(0).path("conversation").path("id").asText());
        assertEquals("Welcome!", messages.get(0).path("message").path("content").path("text").asText());
    }

    @Test
    void aPersonWhoWritesOnTwilioBecomesAUser() throws Exception {
        sunroom.createApp();
        var userId = sunroom.deliver("twilio", "+15145550100", "Is this in stock?").path("userId").asText();
        var messages = sunroom.events("conversation:message");
        assertEquals(1, messages.size());
        assertEquals(userId, messages.get(0).path("message").path("author").path("userId").asText());
    }
}
