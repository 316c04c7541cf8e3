package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.proto.attestation.v1.PreviewPolicyRequest;
import dev.holdfast.proto.attestation.v1.PreviewPolicyResponse;
import dev.holdfast.proto.attestation.v1.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Judges retained evidence by another policy, revocation list or clock, and changes nothing. */
@Command(
    name = "whatif",
    description = {
      "Judges the evidence that the nodes of a trust zone sent last by another policy, with"
          + " further",
      "revocation lists or as of another time, and says which verdicts would change, and why.",
      "Changes nothing. Ends with 1 if something would be refused that is accepted now."
    })
final class WhatIfCommand implements Callable<Integer> {
  private static final int POLICY_BYTES_MAX = 256 * 1024;
  private static final int LIST_BYTES_MAX = 3 * 1024 * 1024;
  private static final int PAGE = 500;

  private final Holdfast root;

  @Option(names = "--zone", required = true, paramLabel = "ZONE", description = "The trust zone.")
  private String zone = "";

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description =
          "YAML with the sections policy and references, as in the configuration of a trust zone;"
              + " at most 256 KiB. Default: the policy in force.")
  private String policy = "";

  @Option(
      names = "--crl",
      paramLabel = "FILE",
      description = "A further revocation list, DER or PEM; may be given several times.")
  private List<String> lists = new ArrayList<>();

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "As of this time, such as 2027-01-31T00:00:00Z. Default: now.")
  private String at = "";

  WhatIfCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    if (policy.isEmpty() && lists.isEmpty() && at.isEmpty()) {
      throw CommandException.usage("Say what would be different: --policy, --crl or --at.");
    }
    PreviewPolicyRequest.Builder request =
        PreviewPolicyRequest.newBuilder().setParent(Names.ZONE.full(zone)).setPageSize(PAGE);
    if (!policy.isEmpty()) {
      request.setPolicyDocument(read(policy, POLICY_BYTES_MAX, "256 KiB"));
    }
    for (String list : lists) {
      request.addRevocationLists(read(list, LIST_BYTES_MAX, "3 MiB"));
    }
    if (!at.isEmpty()) {
      request.setAsOfTime(Spans.onWire(time(at)));
    }
    return root.call(
        remote -> {
          PreviewPolicyResponse answer =
              Remote.all(
                  PreviewPolicyResponse.class,
                  PreviewPolicyResponse.getDefaultInstance(),
                  token ->
                      remote
                          .attestation()
                          .previewPolicy(request.clone().setPageToken(token).build()));
          root.print(answer, () -> PreviewViews.preview(answer));
          boolean worse = answer.getChangesList().stream().anyMatch(WhatIfCommand::refusesMore);
          return (worse ? Exit.REFUSED : Exit.OK).code();
        });
  }

  private static boolean refusesMore(PreviewPolicyResponse.Change change) {
    return change.getPresent().getVerdict() != Verdict.VERDICT_CONTRAINDICATED
        && change.getPreview().getVerdict() == Verdict.VERDICT_CONTRAINDICATED;
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException otherForm) {
      throw CommandException.usage(
          "\"" + Text.clean(text) + "\" is no time. Write it so: 2027-01-31T00:00:00Z.");
    }
  }

  private static ByteString read(String name, int most, String words) {
    Path file = Path.of(name);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length == 0 || bytes.length > most) {
        throw CommandException.usage(
            file + (bytes.length == 0 ? " is empty." : " is longer than " + words + "."));
      }
      return ByteString.copyFrom(bytes);
    } catch (IOException e) {
      throw CommandException.usage(file + " cannot be read: " + Refusal.deepest(e));
    }
  }
}
