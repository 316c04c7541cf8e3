package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.store.series.UsagePage;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Places where a page of usage ended: the same when written and read again, or none. */
final class UsagePlaceTarget implements Target {
  @Override
  public Class<?> reader() {
    return UsagePage.Place.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(Bytes.utf8("1.1767225600000.3.0"));
  }

  /** One page token. */
  @Override
  public void read(byte[] data) {
    UsagePage.Place.parse(new String(data, StandardCharsets.UTF_8))
        .ifPresent(
            place -> {
              if (!UsagePage.Place.parse(place.toString()).equals(java.util.Optional.of(place))) {
                throw new IllegalStateException(place + " is read as another place");
              }
            });
  }
}
