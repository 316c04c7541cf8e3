package dev.holdfast.node.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PendingGrantsTest {
  private static final String GRANT = "tenants/t/reservations/r/grants/g";

  private final List<Long> heard = new ArrayList<>();
  private final PendingGrants pending =
      new PendingGrants((_, countsFromNanoTime) -> heard.add(countsFromNanoTime), () -> {});

  private static GrantUpdate granted(String requestId) {
    return GrantUpdate.newBuilder()
        .setRequestId(requestId)
        .setGrant(Grant.newBuilder().setName(GRANT))
        .build();
  }

  /** Asks, is sent, and waits in vain; returns the request's id. */
  private String renewInVain() throws InterruptedException {
    List<SessionRequest> sent = new ArrayList<>();
    Thread session =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (sent.isEmpty()) {
                    sent.addAll(pending.unsent());
                    Thread.onSpinWait();
                  }
                });
    GrantAnswer answer = pending.renew(GRANT, Optional.empty(), Duration.ofMillis(200));
    assertInstanceOf(GrantAnswer.Unanswered.class, answer);
    session.join();
    return sent.getFirst().getGrantRequest().getRequestId();
  }

  @Test
  void anAnswerThatComesTooLateStillCountsFromWhenItWasAsked() throws InterruptedException {
    long before = System.nanoTime();
    String id = renewInVain();
    long gaveUp = System.nanoTime();
    pending.received(granted(id));
    assertEquals(1, heard.size());
    assertTrue(heard.getFirst() - before >= 0);
    assertTrue(heard.getFirst() - gaveUp < 0, "counted from its coming");
  }

  @Test
  void aGrantThatNobodyAskedForCountsFromItsComing() {
    long before = System.nanoTime();
    pending.received(granted(""));
    assertEquals(1, heard.size());
    assertTrue(heard.getFirst() - before >= 0);
  }
}
