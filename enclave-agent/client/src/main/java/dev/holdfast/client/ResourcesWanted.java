package dev.holdfast.client;

import com.google.protobuf.ByteString;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.Content;
import dev.holdfast.proto.resource.v1.InputValue;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.resource.v1.Workload;
import java.time.Duration;

/**
 * What an application wants to run with now, and for what. Each method gives another one and leaves
 * this as it is. Amounts left out come from the forecast.
 */
public final class ResourcesWanted {
  private static final Duration WORK_DURATION_MAX = Duration.ofDays(31);

  private final ResourceRequest request;

  private ResourcesWanted(ResourceRequest request) {
    this.request = request;
  }

  /**
   * For the workload of a software image.
   *
   * @param image images/{image}, {image} being the lowercase hexadecimal SHA-256 of its manifest
   */
  public static ResourcesWanted forImage(String image) {
    if (!image.matches("images/[0-9a-f]{64}")) {
      throw new IllegalArgumentException("an image is images/ and 64 hexadecimal digits: " + image);
    }
    return new ResourcesWanted(
        ResourceRequest.newBuilder().setWorkload(Workload.newBuilder().setImage(image)).build());
  }

  private interface Change {
    void to(ResourceRequest.Builder builder);
  }

  private ResourcesWanted with(Change change) {
    ResourceRequest.Builder builder = request.toBuilder();
    change.to(builder);
    return new ResourcesWanted(builder.build());
  }

  /** The user, as the tenant names them: 1 to 128 printable ASCII characters without "/". */
  public ResourcesWanted user(String user) {
    return with(b -> b.getWorkloadBuilder().setUser(user));
  }

  /** What kind of work it is, 1 to 63 of [a-z0-9-]. */
  public ResourcesWanted workloadType(String workloadType) {
    return with(b -> b.getWorkloadBuilder().setWorkloadType(workloadType));
  }

  /** A production input that is a quantity, such as a row count; finite. */
  public ResourcesWanted input(String key, double number) {
    if (!Double.isFinite(number)) {
      throw new IllegalArgumentException("input " + key + " is not finite");
    }
    return input(key, InputValue.newBuilder().setNumber(number).build());
  }

  /** A production input that is a category: at most 256 bytes, and never a secret. */
  public ResourcesWanted input(String key, String text) {
    return input(key, InputValue.newBuilder().setText(text).build());
  }

  /** A production input that is a switch. */
  public ResourcesWanted input(String key, boolean flag) {
    return input(key, InputValue.newBuilder().setFlag(flag).build());
  }

  private ResourcesWanted input(String key, InputValue value) {
    return with(b -> b.getWorkloadBuilder().putInputs(key, value));
  }

  /**
   * Content that will be read.
   *
   * @param sha256 its SHA-256, 32 bytes
   * @param sizeBytes its size, or 0
   */
  public ResourcesWanted reads(byte[] sha256, long sizeBytes) {
    if (sha256.length != 32) {
      throw new IllegalArgumentException("a SHA-256 has 32 bytes, not " + sha256.length);
    }
    Content content =
        Content.newBuilder().setDigest(ByteString.copyFrom(sha256)).setSizeBytes(sizeBytes).build();
    return with(b -> b.getWorkloadBuilder().addPrefetch(content));
  }

  /** How much; without it, what the forecast gives. */
  public ResourcesWanted amount(ResourceVector wanted) {
    return with(b -> b.setWanted(wanted));
  }

  /** A reservation to draw on: tenants/{tenant}/reservations/{reservation}. */
  public ResourcesWanted reservation(String reservation) {
    return with(b -> b.setReservation(reservation));
  }

  /** How long the work is expected to take: up to 31 days. */
  public ResourcesWanted workDuration(Duration duration) {
    if (duration.isNegative() || duration.compareTo(WORK_DURATION_MAX) > 0) {
      throw new IllegalArgumentException("work takes up to 31 days, not " + duration);
    }
    return with(
        b ->
            b.setWorkDuration(
                com.google.protobuf.Duration.newBuilder()
                    .setSeconds(duration.toSeconds())
                    .setNanos(duration.toNanosPart())));
  }

  /** Higher is served first: 0 to 1000. */
  public ResourcesWanted priority(int priority) {
    return with(b -> b.setPriority(priority));
  }

  ResourceRequest message() {
    return request;
  }
}
