package dev.holdfast.attestation.rim;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Attr;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.NodeList;

/** Reads a SWID tag whose signature was verified (ISO/IEC 19770-2:2015; TCG RIM). */
final class ManifestReader {
  private static final String SWID = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
  private static final Pattern HASH_NAMESPACE =
      Pattern.compile("http://www\\.w3\\.org/2001/04/xmlenc#sha(256|384|512)");
  private static final Pattern HASH_NAME = Pattern.compile("[Hh]ash[0-9]{0,3}");
  private static final int VALUES_MAX = 4096;
  private static final int INDEX_MAX = 0xff;

  private ManifestReader() {}

  static boolean isManifest(Document document) {
    Element root = document.getDocumentElement();
    return SWID.equals(root.getNamespaceURI()) && "SoftwareIdentity".equals(root.getLocalName());
  }

  /**
   * Reads what it says.
   *
   * @throws MalformedException if it is not what its schema allows
   */
  static ReferenceManifest read(Document document) {
    Element root = document.getDocumentElement();
    String tagId = root.getAttribute("tagId");
    String name = root.getAttribute("name");
    if (tagId.isEmpty() || name.isEmpty()) {
      throw new MalformedException("a tag has a tagId and a name");
    }
    String edition = root.getAttribute("tagVersion");
    List<ReferenceManifest.Value> values = new ArrayList<>();
    Set<Integer> indices = new HashSet<>();
    NodeList payloads = root.getElementsByTagNameNS(SWID, "Payload");
    if (payloads.getLength() > 1) {
      throw new MalformedException("a tag has one payload");
    }
    for (int i = 0; i < payloads.getLength(); i++) {
      Element payload = (Element) payloads.item(i);
      read(payload.getElementsByTagNameNS(SWID, "Resource"), indices, values);
      read(payload.getElementsByTagNameNS(SWID, "File"), indices, values);
    }
    return new ReferenceManifest(
        tagId,
        name,
        edition.isEmpty() ? 0 : number(edition, Integer.MAX_VALUE),
        meta(root, "colloquialVersion"),
        meta(root, "product"),
        values);
  }

  private static void read(
      NodeList elements, Set<Integer> indices, List<ReferenceManifest.Value> values) {
    for (int i = 0; i < elements.getLength(); i++) {
      if (values.size() == VALUES_MAX) {
        throw new MalformedException("a tag has more than " + VALUES_MAX + " values");
      }
      ReferenceManifest.Value value = value((Element) elements.item(i));
      if (value.index().isPresent() && !indices.add(value.index().getAsInt())) {
        throw new MalformedException("measurement " + value.index().getAsInt() + " occurs twice");
      }
      values.add(value);
    }
  }

  private static ReferenceManifest.Value value(Element element) {
    String index = element.getAttribute("index");
    List<Bytes> digests = digests(element);
    String alternatives = element.getAttribute("alternatives");
    if (!alternatives.isEmpty() && number(alternatives, VALUES_MAX) != digests.size()) {
      throw new MalformedException("a measurement promises " + alternatives + " alternatives");
    }
    String active = element.getAttribute("active");
    return new ReferenceManifest.Value(
        element.getAttribute("name"),
        index.isEmpty() ? OptionalInt.empty() : OptionalInt.of(number(index, INDEX_MAX)),
        !active.equalsIgnoreCase("false"),
        digests);
  }

  private static List<Bytes> digests(Element element) {
    List<Bytes> digests = new ArrayList<>();
    NamedNodeMap attributes = element.getAttributes();
    for (int i = 0; i < attributes.getLength(); i++) {
      Attr attribute = (Attr) attributes.item(i);
      String namespace = attribute.getNamespaceURI();
      var hash = HASH_NAMESPACE.matcher(namespace == null ? "" : namespace);
      if (!hash.matches() || !HASH_NAME.matcher(attribute.getLocalName()).matches()) {
        continue;
      }
      int bits = number(hash.group(1), Integer.MAX_VALUE);
      Bytes digest;
      try {
        digest = Bytes.fromHex(attribute.getValue());
      } catch (IllegalArgumentException e) {
        throw new MalformedException("a digest is not hexadecimal");
      }
      if (digest.length() * Byte.SIZE != bits) {
        throw new MalformedException("a digest has " + digest.length() + " bytes");
      }
      digests.add(digest);
    }
    return digests;
  }

  private static String meta(Element root, String attribute) {
    NodeList metas = root.getElementsByTagNameNS(SWID, "Meta");
    return metas.getLength() == 0 ? "" : ((Element) metas.item(0)).getAttribute(attribute);
  }

  private static int number(@Nullable String digits, int max) {
    try {
      int number = Integer.parseInt(digits == null ? "" : digits);
      if (number >= 0 && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw new MalformedException("a number is not one from 0 to " + max);
  }
}
