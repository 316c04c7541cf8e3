package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands, where there are several replicas of PAM. */
final class ReplicasTest {
  private static final String[] RESERVE = {
    "reserve", "--tenant", "acme", "--image", "ab".repeat(32), "--id", "r7"
  };

  @TempDir private Path folder = Path.of("");
  private LoopbackServer one;
  private LoopbackServer other;
  private Path credentials;

  private record Ended(int code, String said) {}

  @BeforeEach
  void start() throws IOException {
    Credentials authority = new Credentials();
    credentials = authority.issue(folder.resolve("operator"), "operator");
    Path server = authority.issue(folder.resolve("server"), "pam");
    one = new LoopbackServer(server);
    other = new LoopbackServer(server);
  }

  @AfterEach
  void stop() {
    one.close();
    other.close();
  }

  private Ended run(String servers, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--server", servers));
    all.addAll(List.of("--credentials", credentials.toString()));
    all.addAll(List.of(arguments));
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    Console console = new Console(out, out, Instant::now, Map.of(), folder);
    return new Ended(Main.run(console, all.toArray(String[]::new)), said.toString());
  }

  private String both() {
    return one.address() + "," + other.address();
  }

  private static String requestId(LoopbackServer server) {
    return ((CreateReservationRequest) server.requests.getFirst()).getRequestId();
  }

  @Test
  void aCommandGoesToWhoeverLeadsEvenWhereItWasNotToldOfIt() {
    one.following.set(Integer.MAX_VALUE);
    one.leader = other.address();
    Ended ended = run(one.address(), RESERVE);
    assertEquals(0, ended.code(), ended.said());
    assertEquals(0, one.requests.size());
    assertEquals(1, other.requests.size());
  }

  @Test
  void aReplicaThatIsNotThereIsPassedOver() {
    one.close();
    assertEquals(0, run(both(), RESERVE).code());
    assertEquals(1, other.requests.size());
  }

  @Test
  void aReservationWhoseAnswerIsLostIsAskedForAgainUnderItsId() {
    one.deadly = true;
    other.following.set(2);
    other.leader = one.address();
    Ended ended = run(both(), RESERVE);
    assertEquals(0, ended.code(), ended.said());
    assertEquals(1, other.requests.size());
    assertEquals(requestId(one), requestId(other));
  }

  @Test
  void whatHasNoRequestIdIsNotRepeatedWhereItsAnswerIsLost() {
    one.deadly = true;
    Ended ended = run(both(), "nodes", "create", "edge/h1", "--role", "hypervisor");
    assertEquals(1, one.requests.size());
    assertEquals(0, other.requests.size());
    assertTrue(ended.code() > 0, ended.said());
  }

  @Test
  void whileNobodyLeadsACommandWaits() {
    one.following.set(3);
    other.following.set(3);
    assertEquals(0, run(both(), RESERVE).code());
    assertEquals(1, one.requests.size() + other.requests.size());
  }

  @Test
  void aCommandWaitsForALeaderNoLongerThanItMay() {
    one.following.set(Integer.MAX_VALUE);
    Ended ended = run(one.address(), "list", "nodes", "--timeout", "1s");
    assertEquals(1, ended.code(), ended.said());
    assertTrue(ended.said().contains("NOT_LEADER"), ended.said());
  }

  @Test
  void aListOfServersThatIsNoneIsRefusedInWords() {
    for (String servers : List.of("a:1,,b:2", "a:1,b", "a:0", "a b:1", "a:1,".repeat(16) + "a:1")) {
      Ended ended = run(servers, "list", "nodes");
      assertEquals(2, ended.code(), servers);
      assertTrue(ended.said().contains("HOST:PORT"), ended.said());
    }
  }
}
