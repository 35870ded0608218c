/**
 * The UIDs that this program speaks of (PS3.6 Annex A), and its own.
 *
 * @module
 */

/** Transfer syntaxes that data sets are encoded in (PS3.5 Annex A). */
export const TransferSyntax = {
  ImplicitVrLittleEndian: "1.2.840.10008.1.2",
  ExplicitVrLittleEndian: "1.2.840.10008.1.2.1",
  DeflatedExplicitVrLittleEndian: "1.2.840.10008.1.2.1.99",
  ExplicitVrBigEndian: "1.2.840.10008.1.2.2",
} as const;

/** SOP classes that we propose or serve. */
export const SopClass = {
  Verification: "1.2.840.10008.1.1",
  PatientRootQueryRetrieveInformationModelFind: "1.2.840.10008.5.1.4.1.2.1.1",
  StudyRootQueryRetrieveInformationModelFind: "1.2.840.10008.5.1.4.1.2.2.1",
  PatientStudyOnlyQueryRetrieveInformationModelFind: "1.2.840.10008.5.1.4.1.2.3.1",
  ModalityWorklistInformationModelFind: "1.2.840.10008.5.1.4.31",
  UnifiedProcedureStepPull: "1.2.840.10008.5.1.4.34.6.3",
} as const;

/** The DICOM application context name (PS3.7 Annex A.2.1). */
export const applicationContextName = "1.2.840.10008.3.1.1.1";

/** Our Implementation Class UID (PS3.7 section D.3.3.2), a UUID under 2.25 (PS3.5 Annex B.2). */
export const implementationClassUid = "2.25.328048186456663014652769155266757289564";

/** Our Implementation Version Name (PS3.7 section D.3.3.2), at most 16 characters. */
export const implementationVersionName = "WORKLISTD_0";
