package dev.holdfast.infrastructure;

import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.Withdrawal;
import java.io.IOException;
import java.util.Map;

/** The ways in which an allocation can stand. */
final class Statuses {
  private Statuses() {}

  static AllocationStatus applied(Allocation observed) {
    return AllocationStatus.newBuilder()
        .setState(AllocationStatus.State.STATE_APPLIED)
        .setObserved(observed)
        .build();
  }

  static AllocationStatus failed(Allocation observed, Status error) {
    return AllocationStatus.newBuilder()
        .setState(AllocationStatus.State.STATE_FAILED)
        .setObserved(observed)
        .setError(error)
        .build();
  }

  static AllocationStatus withdrawn(String reservation, long generation) {
    return AllocationStatus.newBuilder()
        .setState(AllocationStatus.State.STATE_WITHDRAWN)
        .setObserved(nothing(reservation, generation))
        .build();
  }

  /** What is in force where nothing is. */
  static Allocation nothing(String reservation, long generation) {
    return Allocation.newBuilder()
        .setReservation(reservation)
        .setGeneration(generation)
        .setWithdrawal(Withdrawal.getDefaultInstance())
        .build();
  }

  static Status failure(IOException cause) {
    String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return new AllocationRefused(Code.UNAVAILABLE, "CONTROLLER_FAILED", message, Map.of()).status();
  }
}
