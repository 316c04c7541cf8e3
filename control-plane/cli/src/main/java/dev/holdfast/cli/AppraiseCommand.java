package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AppraisalView;
import dev.holdfast.proto.attestation.v1.AppraiseEvidenceRequest;
import dev.holdfast.proto.attestation.v1.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows a node's newest appraisal in full, or has evidence appraised. */
@Command(
    name = "appraise",
    description = {
      "Shows the newest appraisal of a node, or has evidence appraised.",
      "Without --evidence all claims are shown; with it, a serialised EvidenceBundle is appraised.",
      "Ends with 1 unless the verdict is AFFIRMING or WARNING."
    })
final class AppraiseCommand implements Callable<Integer> {
  /** The largest EvidenceBundle. */
  private static final int EVIDENCE_BYTES_MAX = 4 << 20;

  private final Holdfast root;

  @Parameters(paramLabel = "NODE", description = "trustZones/Z/nodes/N, or Z/N.")
  private String node = "";

  @Option(
      names = "--evidence",
      paramLabel = "FILE",
      description = "A serialised EvidenceBundle that answers a challenge; at most 4 MiB.")
  private String evidence = "";

  AppraiseCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    String name = Names.NODE.full(node);
    ByteString bundle = evidence.isEmpty() ? ByteString.EMPTY : read(Path.of(evidence));
    return root.call(
        remote -> {
          Appraisal appraisal =
              evidence.isEmpty()
                  ? new Lookup(root, remote)
                      .appraisal(name + "/appraisals/-", AppraisalView.APPRAISAL_VIEW_FULL)
                  : remote
                      .attestation()
                      .appraiseEvidence(
                          AppraiseEvidenceRequest.newBuilder()
                              .setNode(name)
                              .setEvidenceBundle(bundle)
                              .build());
          root.print(appraisal, () -> AttestationViews.appraisal(appraisal, root.now()));
          return exit(appraisal.getVerdict()).code();
        });
  }

  private static Exit exit(Verdict verdict) {
    return switch (verdict) {
      case VERDICT_AFFIRMING, VERDICT_WARNING -> Exit.OK;
      case VERDICT_CONTRAINDICATED, VERDICT_UNSPECIFIED, UNRECOGNIZED -> Exit.REFUSED;
    };
  }

  private static ByteString read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(EVIDENCE_BYTES_MAX + 1);
      if (bytes.length == 0 || bytes.length > EVIDENCE_BYTES_MAX) {
        throw CommandException.usage(
            file + (bytes.length == 0 ? " is empty." : " is longer than 4 MiB."));
      }
      return ByteString.copyFrom(bytes);
    } catch (IOException e) {
      throw CommandException.usage(file + " cannot be read: " + Refusal.deepest(e));
    }
  }
}
