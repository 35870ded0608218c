/**
 * The attributes that are asked for by default, per information model and level, in the form of the standard's
 * tables: one keyword a line, after a `>` for each sequence around it.
 *
 * Attributes that the tables leave to "all other attributes of the module" are asked for where peers are known
 * to fill them and a receiver needs them. Not asked for, also where the tables have them: what a receiver has no
 * business with (ethnic group, occupation, addresses, telephone numbers, religion), what says only how the peer
 * stores an instance (available transfer syntaxes, alternate representations), and what is retired. Who wants these
 * names them.
 *
 * @module
 */

/**
 * Reads a table of return keys.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { returnKeyPaths } from "./return_keys.ts";
 *
 * assertEquals(returnKeyPaths("PatientID\nReferencedStudySequence\n>ReferencedSOPInstanceUID"), [
 *   "PatientID",
 *   "ReferencedStudySequence.ReferencedSOPInstanceUID",
 * ]);
 * ```
 *
 * @param table One of the tables of this file.
 * @returns The key paths of the attributes; a sequence is named by the attributes in it, or alone if there are none.
 */
export function returnKeyPaths(table: string): string[] {
  const paths: string[] = [];
  const trail: string[] = [];
  const lines = table.split("\n").filter((line) => line !== "");
  const depths = lines.map((line) => line.lastIndexOf(">") + 1);
  for (const [index, line] of lines.entries()) {
    const depth = depths[index] ?? 0;
    trail.length = depth;
    trail.push(line.slice(depth));
    if ((depths[index + 1] ?? 0) <= depth) paths.push(trail.join("."));
  }
  return paths;
}

/** Table 8.8-1, the Code Sequence Macro of PS3.3, as far as it identifies a code. */
const code = (depth: string): string =>
  [
    "CodeValue",
    "CodingSchemeDesignator",
    "CodingSchemeVersion",
    "CodeMeaning",
    "LongCodeValue",
    "URNCodeValue",
  ]
    .map((keyword) => `${depth}${keyword}`).join("\n");

/** Table 10-11 of PS3.3, the SOP Instance Reference Macro. */
const reference = (depth: string): string =>
  `${depth}ReferencedSOPClassUID\n${depth}ReferencedSOPInstanceUID`;

/** Table 10-17 of PS3.3, the HL7v2 Hierarchic Designator Macro. */
const designator = (depth: string): string =>
  `${depth}LocalNamespaceEntityID\n${depth}UniversalEntityID\n${depth}UniversalEntityIDType`;

/** PS3.4 Table K.6-1, Modality Worklist Information Model. */
export const worklistReturnKeys = `
ScheduledProcedureStepSequence
>ScheduledStationAETitle
>ScheduledProcedureStepStartDate
>ScheduledProcedureStepStartTime
>Modality
>ScheduledPerformingPhysicianName
>ScheduledProcedureStepDescription
>ScheduledStationName
>ScheduledProcedureStepLocation
>ReferencedDefinedProtocolSequence
${reference(">>")}
>ReferencedPerformedProtocolSequence
${reference(">>")}
>ScheduledProtocolCodeSequence
${code(">>")}
>>ProtocolContextSequence
>>>ValueType
>>>ConceptNameCodeSequence
${code(">>>>")}
>>>DateTime
>>>PersonName
>>>TextValue
>>>ConceptCodeSequence
${code(">>>>")}
>>>NumericValue
>>>MeasurementUnitsCodeSequence
${code(">>>>")}
>PreMedication
>ScheduledProcedureStepID
>RequestedContrastAgent
>ScheduledProcedureStepStatus
>ScheduledProcedureStepEndDate
>ScheduledProcedureStepEndTime
>CommentsOnTheScheduledProcedureStep
ScheduledSpecimenSequence
>ContainerIdentifier
>ContainerTypeCodeSequence
${code(">>")}
>SpecimenDescriptionSequence
>>SpecimenIdentifier
>>SpecimenUID
BarcodeValue
RequestedProcedureID
RequestedProcedureDescription
RequestedProcedureCodeSequence
${code(">")}
StudyInstanceUID
StudyDate
StudyTime
ReferencedStudySequence
${reference(">")}
RequestedProcedurePriority
PatientTransportArrangements
ReasonForTheRequestedProcedure
ReasonForRequestedProcedureCodeSequence
${code(">")}
RequestedProcedureComments
RequestedProcedureLocation
ConfidentialityCode
ReportingPriority
NamesOfIntendedRecipientsOfResults
AccessionNumber
IssuerOfAccessionNumberSequence
${designator(">")}
RequestingPhysician
ReferringPhysicianName
RequestingService
PlacerOrderNumberImagingServiceRequest
FillerOrderNumberImagingServiceRequest
ImagingServiceRequestComments
AdmissionID
IssuerOfAdmissionIDSequence
${designator(">")}
InstitutionName
InstitutionalDepartmentName
CurrentPatientLocation
VisitComments
ReferencedPatientSequence
${reference(">")}
AdmittingDiagnosesDescription
PatientName
PatientID
IssuerOfPatientID
IssuerOfPatientIDQualifiersSequence
>UniversalEntityID
>UniversalEntityIDType
>IdentifierTypeCode
>AssigningFacilitySequence
${designator(">>")}
>AssigningJurisdictionCodeSequence
${code(">>")}
>AssigningAgencyOrDepartmentCodeSequence
${code(">>")}
OtherPatientIDsSequence
>PatientID
>IssuerOfPatientID
>TypeOfPatientID
PatientBirthDate
PatientBirthTime
PatientSex
PatientPrimaryLanguageCodeSequence
${code(">")}
>PatientPrimaryLanguageModifierCodeSequence
${code(">>")}
PatientWeight
PatientSize
ConfidentialityConstraintOnPatientDataDescription
PatientComments
PatientState
PregnancyStatus
MedicalAlerts
Allergies
SpecialNeeds
AdditionalPatientHistory
LastMenstrualDate
SmokingStatus
PertinentDocumentsSequence
${reference(">")}
>PurposeOfReferenceCodeSequence
${code(">>")}
>DocumentTitle
`;

const patientKeys = `
PatientName
PatientID
IssuerOfPatientID
PatientBirthDate
PatientBirthTime
PatientSex
OtherPatientIDsSequence
>PatientID
>IssuerOfPatientID
>TypeOfPatientID
OtherPatientNames
PatientComments
`;

/** PS3.4 Table C.6-2, study level below a patient. */
export const studyBelowPatientReturnKeys = `
StudyDate
StudyTime
AccessionNumber
IssuerOfAccessionNumberSequence
${designator(">")}
StudyID
StudyInstanceUID
ModalitiesInStudy
SOPClassesInStudy
ReferringPhysicianName
StudyDescription
ProcedureCodeSequence
${code(">")}
NameOfPhysiciansReadingStudy
AdmittingDiagnosesDescription
PatientAge
PatientSize
PatientWeight
AdditionalPatientHistory
InstitutionName
NumberOfStudyRelatedSeries
NumberOfStudyRelatedInstances
`;

/** PS3.4 Table C.6-1, patient level of the patient root. */
export const patientLevelReturnKeys = `${patientKeys}
NumberOfPatientRelatedStudies
NumberOfPatientRelatedSeries
NumberOfPatientRelatedInstances
`;

/** PS3.4 Table C.6-5, study level of the study root, where the patient's attributes belong to the study. */
export const studyLevelReturnKeys = `${patientKeys}${studyBelowPatientReturnKeys}`;

/** PS3.4 Table C.6-3, series level. */
export const seriesLevelReturnKeys = `
StudyInstanceUID
Modality
SeriesNumber
SeriesInstanceUID
SeriesDate
SeriesTime
SeriesDescription
ProtocolName
BodyPartExamined
Laterality
StationName
PerformingPhysicianName
OperatorsName
PerformedProcedureStepID
PerformedProcedureStepStartDate
PerformedProcedureStepStartTime
RequestAttributesSequence
>RequestedProcedureID
>ScheduledProcedureStepID
NumberOfSeriesRelatedInstances
`;

/** PS3.4 Table C.6-4, composite object instance level. */
export const imageLevelReturnKeys = `
StudyInstanceUID
SeriesInstanceUID
InstanceNumber
SOPInstanceUID
SOPClassUID
RelatedGeneralSOPClassUID
ConceptNameCodeSequence
${code(">")}
ContentTemplateSequence
>TemplateIdentifier
>MappingResource
ContainerIdentifier
SpecimenDescriptionSequence
>SpecimenIdentifier
>SpecimenUID
ContentDate
ContentTime
AcquisitionDate
AcquisitionTime
NumberOfFrames
Rows
Columns
ImageComments
`;

/** PS3.4 Table CC.2.5-3, Unified Procedure Step, its C-FIND columns. */
export const upsReturnKeys = `
SOPClassUID
SOPInstanceUID
ScheduledProcedureStepPriority
ScheduledProcedureStepModificationDateTime
ProcedureStepLabel
WorklistLabel
ScheduledProcessingParametersSequence
ScheduledStationNameCodeSequence
${code(">")}
ScheduledStationClassCodeSequence
${code(">")}
ScheduledStationGeographicLocationCodeSequence
${code(">")}
ScheduledHumanPerformersSequence
>HumanPerformerCodeSequence
${code(">>")}
>HumanPerformerName
>HumanPerformerOrganization
ScheduledProcedureStepStartDateTime
ScheduledProcedureStepExpirationDateTime
ExpectedCompletionDateTime
ScheduledWorkitemCodeSequence
${code(">")}
CommentsOnTheScheduledProcedureStep
InputReadinessState
InputInformationSequence
StudyInstanceUID
OutputDestinationSequence
PatientName
PatientID
IssuerOfPatientID
IssuerOfPatientIDQualifiersSequence
OtherPatientIDsSequence
PatientBirthDate
PatientSex
AdmissionID
IssuerOfAdmissionIDSequence
${designator(">")}
AdmittingDiagnosesDescription
AdmittingDiagnosesCodeSequence
${code(">")}
ReferencedRequestSequence
>StudyInstanceUID
>AccessionNumber
>IssuerOfAccessionNumberSequence
${designator(">>")}
>PlacerOrderNumberImagingServiceRequest
>FillerOrderNumberImagingServiceRequest
>RequestedProcedureID
>RequestedProcedureDescription
>RequestedProcedureCodeSequence
${code(">>")}
>ReasonForTheRequestedProcedure
>RequestingPhysician
>RequestingService
>ReferringPhysicianName
MedicalAlerts
PregnancyStatus
SpecialNeeds
ReplacedProcedureStepSequence
${reference(">")}
ProcedureStepState
ProcedureStepProgressInformationSequence
>ProcedureStepProgress
>ProcedureStepProgressDescription
>ProcedureStepCancellationDateTime
>ReasonForCancellation
>ProcedureStepDiscontinuationReasonCodeSequence
${code(">>")}
UnifiedProcedureStepPerformedProcedureSequence
`;
