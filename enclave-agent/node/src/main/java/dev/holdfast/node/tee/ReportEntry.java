package dev.holdfast.node.tee;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;

/** The attributes of one report entry: what is written takes effect before the next is read. */
interface ReportEntry {
  /** The whole content, at most so many bytes. */
  Bytes read(String attribute, int bytesMax) throws IOException;

  /** Writes in one piece. */
  void write(String attribute, Bytes content) throws IOException;
}
