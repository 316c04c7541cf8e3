package dev.holdfast.attestation.rim;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * XML from outside: no document type, no entities but the five of XML itself, nothing fetched,
 * bounded in length, depth and attributes.
 */
final class SecureXml {
  static final int DOCUMENT_MAX_BYTES = 4 * 1024 * 1024;
  private static final int DEPTH_MAX = 64;
  private static final int ATTRIBUTES_MAX = 1024;
  private static final String FEATURES = "http://xml.org/sax/features/";
  private static final String APACHE = "http://apache.org/xml/features/";

  private SecureXml() {}

  /**
   * Reads a document.
   *
   * @throws MalformedException if it is not well-formed, or breaks a bound
   */
  static Document parse(Bytes bytes) {
    if (bytes.isEmpty() || bytes.length() > DOCUMENT_MAX_BYTES) {
      throw new MalformedException("it has " + bytes.length() + " bytes");
    }
    try {
      DocumentBuilder builder = factory().newDocumentBuilder();
      builder.setErrorHandler(new Strict());
      builder.setEntityResolver(
          (publicId, systemId) -> {
            throw new SAXException("nothing is fetched");
          });
      return builder.parse(new InputSource(new ByteArrayInputStream(bytes.toByteArray())));
    } catch (SAXParseException e) {
      throw new MalformedException(
          "it is not well-formed, or not allowed, in line " + e.getLineNumber());
    } catch (SAXException | IOException e) {
      throw new MalformedException("it is not well-formed, or not allowed");
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("every Java runtime has these features", e);
    }
  }

  private static DocumentBuilderFactory factory() throws ParserConfigurationException {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature(APACHE + "disallow-doctype-decl", true);
    factory.setFeature(APACHE + "nonvalidating/load-external-dtd", false);
    factory.setFeature(FEATURES + "external-general-entities", false);
    factory.setFeature(FEATURES + "external-parameter-entities", false);
    factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
    factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
    factory.setAttribute("jdk.xml.maxElementDepth", Integer.toString(DEPTH_MAX));
    factory.setAttribute("jdk.xml.elementAttributeLimit", Integer.toString(ATTRIBUTES_MAX));
    factory.setXIncludeAware(false);
    factory.setExpandEntityReferences(false);
    return factory;
  }

  /** Throws where the parser's own would print, and go on. */
  private static final class Strict implements ErrorHandler {
    @Override
    public void warning(SAXParseException exception) throws SAXException {
      throw exception;
    }

    @Override
    public void error(SAXParseException exception) throws SAXException {
      throw exception;
    }

    @Override
    public void fatalError(SAXParseException exception) throws SAXException {
      throw exception;
    }
  }
}
