package dev.holdfast.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.holdfast.infrastructure.cache.AttestedCache;
import dev.holdfast.infrastructure.cache.ContentOrigin;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.StorageAllocation;
import dev.holdfast.proto.resource.v1.Content;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Content is brought near behind the allocation, and said to be there only when it is. */
final class StorageControllerTest {
  private static final String RESERVATION = "tenants/t/reservations/r1";

  @TempDir Path folder;
  private final Semaphore changes = new Semaphore(0);
  private StorageController controller;

  @BeforeEach
  void open() throws IOException {
    controller = controller();
  }

  @AfterEach
  void close() {
    controller.close();
  }

  @Test
  void contentIsAppliedOnceItIsHereAndMatches() throws Exception {
    byte[] content = "some content".repeat(10_000).getBytes(StandardCharsets.UTF_8);
    publish(content);
    controller.apply(allocation(1, content));
    AllocationStatus status = settled(AllocationStatus.State.STATE_APPLIED);
    assertEquals(content.length, status.getPrefetchedBytes());
    assertEquals(1, status.getObserved().getStorage().getPrefetchCount());
    assertEquals(1, status.getObserved().getGeneration());
  }

  @Test
  void absentContentFailsWithItsReasonAndIsTriedAgain() throws Exception {
    byte[] content = {1, 2, 3};
    controller.apply(allocation(1, content));
    AllocationStatus failed = settled(AllocationStatus.State.STATE_FAILED);
    assertEquals(Code.NOT_FOUND.getNumber(), failed.getError().getCode());
    assertEquals(0, failed.getObserved().getStorage().getPrefetchCount());
    publish(content);
    assertEquals(3, settled(AllocationStatus.State.STATE_APPLIED).getPrefetchedBytes());
  }

  @Test
  void anOlderGenerationIsNotAppliedAndWithdrawalGivesBack() throws Exception {
    byte[] content = {1, 2, 3};
    publish(content);
    controller.apply(allocation(5, content));
    settled(AllocationStatus.State.STATE_APPLIED);
    assertEquals(5, controller.apply(allocation(4, new byte[1])).getObserved().getGeneration());
    assertEquals(5, controller.withdraw(RESERVATION, 4).getObserved().getGeneration());
    assertEquals(
        AllocationStatus.State.STATE_WITHDRAWN, controller.withdraw(RESERVATION, 5).getState());
    assertTrue(controller.held().isEmpty());
  }

  @Test
  void whatIsHeldOutlivesTheProcess() throws Exception {
    byte[] content = {1, 2, 3};
    publish(content);
    controller.apply(allocation(5, content));
    settled(AllocationStatus.State.STATE_APPLIED);
    controller.close();
    controller = controller();
    assertEquals(3, settled(AllocationStatus.State.STATE_APPLIED).getPrefetchedBytes());
  }

  private StorageController controller() throws IOException {
    Files.createDirectories(folder.resolve("origin"));
    StorageController made =
        new StorageController(
            new AttestedCache(
                folder.resolve("cache"),
                new AttestedCache.Limits(1 << 20, 1 << 20),
                new ContentOrigin(folder.resolve("origin"), Optional.empty())),
            ResourceVector.newBuilder().setStorageBytes(1000).build(),
            folder.resolve("state"));
    made.watch(changes::release);
    return made;
  }

  private AllocationStatus settled(AllocationStatus.State state) throws InterruptedException {
    AllocationStatus status = controller.held().getFirst();
    while (status.getState() != state) {
      assertTrue(changes.tryAcquire(20, TimeUnit.SECONDS), status::toString);
      status = controller.held().getFirst();
    }
    return status;
  }

  private static Allocation allocation(long generation, byte[] content) throws Exception {
    return Allocation.newBuilder()
        .setReservation(RESERVATION)
        .setGeneration(generation)
        .setStorage(
            StorageAllocation.newBuilder()
                .setVolume("v")
                .setStorageBytes(100)
                .addPrefetch(Content.newBuilder().setDigest(ByteString.copyFrom(sha256(content)))))
        .build();
  }

  private void publish(byte[] content) throws Exception {
    Path part = Files.write(folder.resolve("part"), content);
    Files.move(part, folder.resolve("origin").resolve(HexFormat.of().formatHex(sha256(content))));
  }

  private static byte[] sha256(byte[] content) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(content);
  }
}
