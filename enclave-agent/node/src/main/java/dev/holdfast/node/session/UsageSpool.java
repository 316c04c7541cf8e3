package dev.holdfast.node.session;

import dev.holdfast.node.state.StateFiles;
import dev.holdfast.proto.node.v1.UsageReport;
import dev.holdfast.proto.usage.v1.UsageSample;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Usage reports on disk, one file each, until PAM has them. When it is full the oldest goes, and
 * the gap that is left is reported as lost.
 */
final class UsageSpool {
  private static final String SUFFIX = ".report";
  private static final String STATE = "state";
  private static final int SUBJECTS_MAX = 16_384;

  private final StateFiles files;
  private final int reportsMax;
  private final TreeMap<Long, Path> spooled = new TreeMap<>();
  private final Map<String, Long> sampleSequences = new HashMap<>();
  private long lastSequence;
  private long acknowledged;

  /**
   * Opens a spool.
   *
   * @param reportsMax reports kept at most
   */
  UsageSpool(StateFiles files, int reportsMax) throws IOException {
    this.files = files;
    this.reportsMax = reportsMax;
    Optional<byte[]> state = files.read(STATE);
    if (state.isPresent() && state.get().length >= 2 * Long.BYTES) {
      ByteBuffer in = ByteBuffer.wrap(state.get());
      lastSequence = Math.max(0, in.getLong());
      acknowledged = Math.max(0, in.getLong());
      var rest = new byte[in.remaining()];
      in.get(rest);
      // The numbers given out are kept as a report of samples that carry nothing else.
      UsageReport.parseFrom(rest).getSamplesList().forEach(this::noteSequence);
    }
    try (Stream<Path> all = Files.list(files.directory())) {
      for (Path file : all.filter(f -> f.toString().endsWith(SUFFIX)).toList()) {
        UsageReport report = UsageReport.parseFrom(Files.readAllBytes(file));
        spooled.put(report.getSequence(), file);
        lastSequence = Math.max(lastSequence, report.getSequence());
        report.getSamplesList().forEach(this::noteSequence);
      }
    }
  }

  private void noteSequence(UsageSample sample) {
    sampleSequences.merge(sample.getSubject(), sample.getSequence(), Math::max);
  }

  /** Numbers a sample: one more than the last of its subject. */
  synchronized UsageSample number(UsageSample sample) {
    if (sampleSequences.size() >= SUBJECTS_MAX
        && !sampleSequences.containsKey(sample.getSubject())) {
      sampleSequences.clear();
    }
    long next = sampleSequences.merge(sample.getSubject(), 1L, Long::sum);
    return sample.toBuilder().setSequence(next).build();
  }

  /** Adds a report of at most 500 samples. */
  synchronized void add(List<UsageSample> samples) throws IOException {
    while (spooled.size() >= reportsMax) {
      Files.deleteIfExists(spooled.pollFirstEntry().getValue());
    }
    long sequence = ++lastSequence;
    String name = "%019d%s".formatted(sequence, SUFFIX);
    files.write(
        name,
        UsageReport.newBuilder()
            .setSequence(sequence)
            .addAllSamples(samples)
            .build()
            .toByteArray());
    spooled.put(sequence, files.directory().resolve(name));
    save();
  }

  private void save() throws IOException {
    var numbers = UsageReport.newBuilder();
    sampleSequences.forEach(
        (subject, sequence) ->
            numbers.addSamples(UsageSample.newBuilder().setSubject(subject).setSequence(sequence)));
    byte[] rest = numbers.build().toByteArray();
    files.write(
        STATE,
        ByteBuffer.allocate(2 * Long.BYTES + rest.length)
            .putLong(lastSequence)
            .putLong(acknowledged)
            .put(rest)
            .array());
  }

  /** The sequence of the oldest report, 0 without one. */
  synchronized long oldest() {
    return spooled.isEmpty() ? 0 : spooled.firstKey();
  }

  /** The sequence up to which PAM has every report. */
  synchronized long acknowledged() {
    return acknowledged;
  }

  /** The first report after a sequence, with what was lost before it. */
  synchronized Optional<UsageReport> after(long sequence) throws IOException {
    Map.Entry<Long, Path> next = spooled.higherEntry(sequence);
    if (next == null) {
      return Optional.empty();
    }
    Long before = spooled.lowerKey(next.getKey());
    long previous = Math.max(before == null ? 0 : before, acknowledged);
    return Optional.of(
        UsageReport.parseFrom(Files.readAllBytes(next.getValue())).toBuilder()
            .setLostReportCount(Math.max(0, next.getKey() - previous - 1))
            .build());
  }

  /** Forgets every report up to this one. A PAM that knows more than we do is right. */
  synchronized void acknowledge(long sequence) throws IOException {
    if (sequence <= acknowledged) {
      return;
    }
    acknowledged = sequence;
    lastSequence = Math.max(lastSequence, sequence);
    save();
    while (!spooled.isEmpty() && spooled.firstKey() <= sequence) {
      Files.deleteIfExists(spooled.pollFirstEntry().getValue());
    }
  }
}
