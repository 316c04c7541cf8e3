package dev.holdfast.proto.replica;

import static dev.holdfast.proto.replica.Replicas.Next.AT_ONCE;
import static dev.holdfast.proto.replica.Replicas.Next.LATER;
import static dev.holdfast.proto.replica.Replicas.Next.SOON;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ReplicasTest {
  private static final Optional<NotLeader> SILENT = Optional.empty();
  private static final Optional<NotLeader> WAITING = Optional.of(new NotLeader(Optional.empty()));

  private static Optional<NotLeader> names(String leader) {
    return Optional.of(new NotLeader(Optional.of(ServerAddress.parse(leader))));
  }

  /** Reports the current one, and says who is then asked, and when. */
  private static String after(Replicas replicas, Optional<NotLeader> answer) {
    Replicas.Next next = replicas.after(replicas.current(), answer);
    return next + " " + replicas.current();
  }

  @Test
  void inARoundEachIsAskedOnceAndTheOneThatWasNamedFirst() {
    Replicas replicas = Replicas.parse("a:1,b:2,c:3");
    assertEquals("a:1", replicas.current().toString());
    assertEquals(AT_ONCE + " x:9", after(replicas, names("x:9")));
    assertEquals(AT_ONCE + " c:3", after(replicas, names("c:3")));
    assertEquals(AT_ONCE + " b:2", after(replicas, SILENT));
    assertEquals(SOON + " a:1", after(replicas, names("a:1")));
    assertEquals(AT_ONCE + " b:2", after(replicas, SILENT));
  }

  @Test
  void whereNobodyIsThereNobodyIsWaitedFor() {
    Replicas replicas = Replicas.parse("a:1,[::1]:2");
    assertEquals(AT_ONCE + " [::1]:2", after(replicas, SILENT));
    assertEquals(LATER + " a:1", after(replicas, SILENT));
    assertEquals(AT_ONCE + " [::1]:2", after(replicas, WAITING));
    assertEquals(SOON + " a:1", after(replicas, SILENT));
  }

  @Test
  void whoServedWellBeginsANewRound() {
    Replicas replicas = Replicas.parse("a:1,b:2");
    assertEquals(AT_ONCE + " b:2", after(replicas, WAITING));
    replicas.served();
    assertEquals(AT_ONCE + " a:1", after(replicas, SILENT));
    assertEquals(LATER + " b:2", after(replicas, SILENT));
  }

  @Test
  void namesWithoutEndEndTheRound() {
    Replicas replicas = Replicas.parse("a:1");
    int asked = 1;
    while (replicas.after(replicas.current(), names("x:" + ++asked)) == AT_ONCE) {
      assertTrue(asked < 10, "a round has an end");
    }
  }

  @Test
  void whatSomebodyElseFoundOutIsNotForgotten() {
    Replicas replicas = Replicas.parse("a:1,b:2");
    ServerAddress first = replicas.current();
    assertEquals(AT_ONCE, replicas.after(first, SILENT));
    assertEquals(AT_ONCE, replicas.after(first, names("x:9")));
    assertEquals("b:2", replicas.current().toString());
  }

  @Test
  void anAddressThatIsNoneIsAsGoodAsNone() {
    for (String leader : new String[] {"", "pam", "a b:1", "a:0", "a:65536", "::1:7443", "a\n:1"}) {
      ErrorInfo info =
          ErrorInfo.newBuilder().setReason("NOT_LEADER").putMetadata("leader", leader).build();
      Status refusal = Status.newBuilder().addDetails(Any.pack(info)).build();
      assertEquals(WAITING, NotLeader.of(refusal), leader);
    }
  }

  @Test
  void thereAreOneToSixteenServers() {
    assertThrows(IllegalArgumentException.class, () -> Replicas.parse(""));
    assertThrows(IllegalArgumentException.class, () -> Replicas.parse("a:1," + "b:1,".repeat(16)));
    assertThrows(IllegalArgumentException.class, () -> Replicas.parse("a:1" + ",b:1".repeat(16)));
  }
}
