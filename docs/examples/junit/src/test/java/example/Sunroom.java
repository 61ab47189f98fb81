package example;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Starts a stand-in for Sunshine Conversations before the tests of a class, and empties it before each. */
public class Sunroom implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private Process process;
    private JsonNode ready;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        var npx = System.getProperty("os.name").startsWith("Windows") ? "npx.cmd" : "npx";
        process = new ProcessBuilder(npx, "sunroom", "start", "--memory", "--port", "0", "--json")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        ready = JSON.readTree(process.inputReader().readLine());
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException, InterruptedException {
        control("POST", "reset", Map.of());
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        process.destroy();
        process.waitFor();
    }

    public String url() {
        return ready.path("url").asText();
    }

    /** Makes an app; answers its id, and a key of it. */
    public App createApp() throws IOException, InterruptedException {
        var appId = asAccount("/v2/apps").path("app").path("id").asText();
        var key = asAccount("/v2/apps/" + appId + "/keys").path("key");
        return new App(appId, key.path("id").asText(), key.path("secret").asText());
    }

    public record App(String id, String keyId, String keySecret) {}

    /** Delivers a person's message as the channel does, signed. */
    public JsonNode deliver(String channel, String person, String text) throws IOException, InterruptedException {
        return control("POST", "deliver", Map.of("channel", channel, "person", person, "content", text));
    }

    /** Lists what the events of this type tell, of all that was committed before the call. */
    public List<JsonNode> events(String type) throws IOException, InterruptedException {
        var events = control("GET", "events", null).path("events");
        return StreamSupport.stream(events.spliterator(), false)
                .filter(event -> event.path("type").asText().equals(type))
                .map(event -> event.path("payload"))
                .toList();
    }

    private JsonNode control(String method, String name, Object body) throws IOException, InterruptedException {
        var request = request("/local/control/" + name).header("x-sunroom-control", ready.path("controlToken").asText());
        return send(request, method, body);
    }

    private JsonNode asAccount(String path) throws IOException, InterruptedException {
        var key = ready.path("accountKey");
        var credentials = key.path("id").asText() + ":" + key.path("secret").asText();
        var basic = Base64.getEncoder().encodeToString(credentials.getBytes());
        return send(request(path).header("authorization", "Basic " + basic), "POST", Map.of("displayName", "Test"));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url() + path)).header("content-type", "application/json");
    }

    private JsonNode send(HttpRequest.Builder request, String method, Object body)
            throws IOException, InterruptedException {
        var publisher = body == null
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body));
        var answer = http.send(request.method(method, publisher).build(), BodyHandlers.ofString());
        if (answer.statusCode() >= 300) throw new IOException(answer.statusCode() + " " + answer.body());
        return JSON.readTree(answer.body());
    }
}
