/**
 * The names of the UIDs of PS3.6 Annex A, as DCMTK 3.6.7 writes them; those that it does not know
 * by their keyword in pydicom 3.0.2. Facts only, generated from both programs' output; LDAP OIDs
 * are left out.
 *
 * @module
 */

/** The prefix of all of them. */
const ROOT = "1.2.840.10008.";

/** The rest of each UID, a space, its name. */
const table = `
1.1 VerificationSOPClass
1.2 LittleEndianImplicit
1.2.1 LittleEndianExplicit
1.2.1.98 EncapsulatedUncompressedExplicitVRLittleEndian
1.2.1.99 DeflatedLittleEndianExplicit
1.2.2 BigEndianExplicit
1.2.4.50 JPEGBaseline
1.2.4.51 JPEGExtended:Process2+4
1.2.4.52 JPEGExtended:Process3+5
1.2.4.53 JPEGSpectralSelection:Non-hierarchical:Process6+8
1.2.4.54 JPEGSpectralSelection:Non-hierarchical:Process7+9
1.2.4.55 JPEGFullProgression:Non-hierarchical:Process10+12
1.2.4.56 JPEGFullProgression:Non-hierarchical:Process11+13
1.2.4.57 JPEGLossless:Non-hierarchical:Process14
1.2.4.58 JPEGLossless:Non-hierarchical:Process15
1.2.4.59 JPEGExtended:Hierarchical:Process16+18
1.2.4.60 JPEGExtended:Hierarchical:Process17+19
1.2.4.61 JPEGSpectralSelection:Hierarchical:Process20+22
1.2.4.62 JPEGSpectralSelection:Hierarchical:Process21+23
1.2.4.63 JPEGFullProgression:Hierarchical:Process24+26
1.2.4.64 JPEGFullProgression:Hierarchical:Process25+27
1.2.4.65 JPEGLossless:Hierarchical:Process28
1.2.4.66 JPEGLossless:Hierarchical:Process29
1.2.4.70 JPEGLossless:Non-hierarchical-1stOrderPrediction
1.2.4.80 JPEGLSLossless
1.2.4.81 JPEGLSLossy
1.2.4.90 JPEG2000LosslessOnly
1.2.4.91 JPEG2000
1.2.4.92 JPEG2000MulticomponentLosslessOnly
1.2.4.93 JPEG2000Multicomponent
1.2.4.94 JPIPReferenced
1.2.4.95 JPIPReferencedDeflate
1.2.4.100 MPEG2MainProfile@MainLevel
1.2.4.100.1 MPEG2MPMLF
1.2.4.101 MPEG2MainProfile@HighLevel
1.2.4.101.1 MPEG2MPHLF
1.2.4.102 MPEG4HighProfile/Level4.1
1.2.4.102.1 MPEG4HP41F
1.2.4.103 MPEG4BDcompatibleHighProfile/Level4.1
1.2.4.103.1 MPEG4HP41BDF
1.2.4.104 MPEG4HighProfile/Level4.2For2DVideo
1.2.4.104.1 MPEG4HP422DF
1.2.4.105 MPEG4HighProfile/Level4.2For3DVideo
1.2.4.105.1 MPEG4HP423DF
1.2.4.106 MPEG4StereoHighProfile/Level4.2
1.2.4.106.1 MPEG4HP42STEREOF
1.2.4.107 HEVCMainProfile/Level5.1
1.2.4.108 HEVCMain10Profile/Level5.1
1.2.4.201 HTJ2KLossless
1.2.4.202 HTJ2KLosslessRPCL
1.2.4.203 HTJ2K
1.2.4.204 JPIPHTJ2KReferenced
1.2.4.205 JPIPHTJ2KReferencedDeflate
1.2.5 RLELossless
1.2.6.1 RFC2557MIMEEncapsulation
1.2.6.2 XMLEncoding
1.2.7.1 SMPTEST2110-20:UncompressedProgressiveActiveVideo
1.2.7.2 SMPTEST2110-20:UncompressedInterlacedActiveVideo
1.2.7.3 SMPTEST2110-30:PCMDigitalAudio
1.3.10 MediaStorageDirectoryStorage
1.5.1 HotIronColorPaletteSOPInstance
1.5.2 PETColorPaletteSOPInstance
1.5.3 HotMetalBlueColorPaletteSOPInstance
1.5.4 PET20StepColorPaletteSOPInstance
1.5.5 SpringColorPaletteSOPInstance
1.5.6 SummerColorPaletteSOPInstance
1.5.7 FallColorPaletteSOPInstance
1.5.8 WinterColorPaletteSOPInstance
1.9 RETIRED_BasicStudyContentNotificationSOPClass
1.20 Papyrus3ImplicitVRLittleEndian
1.20.1 StorageCommitmentPushModelSOPClass
1.20.1.1 StorageCommitmentPushModelSOPInstance
1.20.2 RETIRED_StorageCommitmentPullModelSOPClass
1.20.2.1 RETIRED_StorageCommitmentPullModelSOPInstance
1.40 ProceduralEventLoggingSOPClass
1.40.1 ProceduralEventLoggingSOPInstance
1.42 SubstanceAdministrationLoggingSOPClass
1.42.1 SubstanceAdministrationLoggingSOPInstance
2.6.1 DICOMUIDRegistryCodingScheme
2.16.4 DICOMControlledTerminologyCodingScheme
2.16.5 MA
2.16.6 UBERON
2.16.7 ITIS_TSN
2.16.8 MGI
2.16.9 PUBCHEM_CID
2.16.10 DC
2.16.11 NYUMCCG
2.16.12 MAYONRISBSASRG
2.16.13 IBSI
2.16.14 RO
2.16.15 RADELEMENT
2.16.16 I11
2.16.17 UNS
2.16.18 RRID
3.1.1.1 StandardApplicationContext
3.1.2.1.1 RETIRED_DetachedPatientManagementSOPClass
3.1.2.1.4 RETIRED_DetachedPatientManagementMetaSOPClass
3.1.2.2.1 RETIRED_DetachedVisitManagementSOPClass
3.1.2.3.1 RETIRED_DetachedStudyManagementSOPClass
3.1.2.3.2 RETIRED_StudyComponentManagementSOPClass
3.1.2.3.3 ModalityPerformedProcedureStepSOPClass
3.1.2.3.4 ModalityPerformedProcedureStepRetrieveSOPClass
3.1.2.3.5 ModalityPerformedProcedureStepNotificationSOPClass
3.1.2.5.1 RETIRED_DetachedResultsManagementSOPClass
3.1.2.5.4 RETIRED_DetachedResultsManagementMetaSOPClass
3.1.2.5.5 RETIRED_DetachedStudyManagementMetaSOPClass
3.1.2.6.1 RETIRED_DetachedInterpretationManagementSOPClass
4.2 StorageServiceClass
5.1.1.1 BasicFilmSessionSOPClass
5.1.1.2 BasicFilmBoxSOPClass
5.1.1.4 BasicGrayscaleImageBoxSOPClass
5.1.1.4.1 BasicColorImageBoxSOPClass
5.1.1.4.2 RETIRED_ReferencedImageBoxSOPClass
5.1.1.9 BasicGrayscalePrintManagementMetaSOPClass
5.1.1.9.1 RETIRED_ReferencedGrayscalePrintManagementMetaSOPClass
5.1.1.14 PrintJobSOPClass
5.1.1.15 BasicAnnotationBoxSOPClass
5.1.1.16 PrinterSOPClass
5.1.1.16.376 PrinterConfigurationRetrievalSOPClass
5.1.1.17 PrinterSOPInstance
5.1.1.17.376 PrinterConfigurationRetrievalSOPInstance
5.1.1.18 BasicColorPrintManagementMetaSOPClass
5.1.1.18.1 RETIRED_ReferencedColorPrintManagementMetaSOPClass
5.1.1.22 VOILUTBoxSOPClass
5.1.1.23 PresentationLUTSOPClass
5.1.1.24 RETIRED_ImageOverlayBoxSOPClass
5.1.1.24.1 RETIRED_BasicPrintImageOverlayBoxSOPClass
5.1.1.25 RETIRED_PrintQueueSOPInstance
5.1.1.26 RETIRED_PrintQueueManagementSOPClass
5.1.1.27 RETIRED_StoredPrintStorage
5.1.1.29 RETIRED_HardcopyGrayscaleImageStorage
5.1.1.30 RETIRED_HardcopyColorImageStorage
5.1.1.31 RETIRED_PullPrintRequestSOPClass
5.1.1.32 RETIRED_PullStoredPrintManagementMetaSOPClass
5.1.1.33 MediaCreationManagementSOPClass
5.1.1.40 DisplaySystemSOPClass
5.1.1.40.1 DisplaySystemSOPInstance
5.1.4.1.1.1 ComputedRadiographyImageStorage
5.1.4.1.1.1.1 DigitalXRayImageStorageForPresentation
5.1.4.1.1.1.1.1 DigitalXRayImageStorageForProcessing
5.1.4.1.1.1.2 DigitalMammographyXRayImageStorageForPresentation
5.1.4.1.1.1.2.1 DigitalMammographyXRayImageStorageForProcessing
5.1.4.1.1.1.3 DigitalIntraOralXRayImageStorageForPresentation
5.1.4.1.1.1.3.1 DigitalIntraOralXRayImageStorageForProcessing
5.1.4.1.1.2 CTImageStorage
5.1.4.1.1.2.1 EnhancedCTImageStorage
5.1.4.1.1.2.2 LegacyConvertedEnhancedCTImageStorage
5.1.4.1.1.3 RETIRED_UltrasoundMultiframeImageStorage
5.1.4.1.1.3.1 UltrasoundMultiframeImageStorage
5.1.4.1.1.4 MRImageStorage
5.1.4.1.1.4.1 EnhancedMRImageStorage
5.1.4.1.1.4.2 MRSpectroscopyStorage
5.1.4.1.1.4.3 EnhancedMRColorImageStorage
5.1.4.1.1.4.4 LegacyConvertedEnhancedMRImageStorage
5.1.4.1.1.5 RETIRED_NuclearMedicineImageStorage
5.1.4.1.1.6 RETIRED_UltrasoundImageStorage
5.1.4.1.1.6.1 UltrasoundImageStorage
5.1.4.1.1.6.2 EnhancedUSVolumeStorage
5.1.4.1.1.6.3 PhotoacousticImageStorage
5.1.4.1.1.7 SecondaryCaptureImageStorage
5.1.4.1.1.7.1 MultiframeSingleBitSecondaryCaptureImageStorage
5.1.4.1.1.7.2 MultiframeGrayscaleByteSecondaryCaptureImageStorage
5.1.4.1.1.7.3 MultiframeGrayscaleWordSecondaryCaptureImageStorage
5.1.4.1.1.7.4 MultiframeTrueColorSecondaryCaptureImageStorage
5.1.4.1.1.8 RETIRED_StandaloneOverlayStorage
5.1.4.1.1.9 RETIRED_StandaloneCurveStorage
5.1.4.1.1.9.1 DRAFT_WaveformStorage
5.1.4.1.1.9.1.1 TwelveLeadECGWaveformStorage
5.1.4.1.1.9.1.2 GeneralECGWaveformStorage
5.1.4.1.1.9.1.3 AmbulatoryECGWaveformStorage
5.1.4.1.1.9.1.4 General32bitECGWaveformStorage
5.1.4.1.1.9.2.1 HemodynamicWaveformStorage
5.1.4.1.1.9.3.1 CardiacElectrophysiologyWaveformStorage
5.1.4.1.1.9.4.1 BasicVoiceAudioWaveformStorage
5.1.4.1.1.9.4.2 GeneralAudioWaveformStorage
5.1.4.1.1.9.5.1 ArterialPulseWaveformStorage
5.1.4.1.1.9.6.1 RespiratoryWaveformStorage
5.1.4.1.1.9.6.2 MultichannelRespiratoryWaveformStorage
5.1.4.1.1.9.7.1 RoutineScalpElectroencephalogramWaveformStorage
5.1.4.1.1.9.7.2 ElectromyogramWaveformStorage
5.1.4.1.1.9.7.3 ElectrooculogramWaveformStorage
5.1.4.1.1.9.7.4 SleepElectroencephalogramWaveformStorage
5.1.4.1.1.9.8.1 BodyPositionWaveformStorage
5.1.4.1.1.10 RETIRED_StandaloneModalityLUTStorage
5.1.4.1.1.11 RETIRED_StandaloneVOILUTStorage
5.1.4.1.1.11.1 GrayscaleSoftcopyPresentationStateStorage
5.1.4.1.1.11.2 ColorSoftcopyPresentationStateStorage
5.1.4.1.1.11.3 PseudoColorSoftcopyPresentationStateStorage
5.1.4.1.1.11.4 BlendingSoftcopyPresentationStateStorage
5.1.4.1.1.11.5 XAXRFGrayscaleSoftcopyPresentationStateStorage
5.1.4.1.1.11.6 GrayscalePlanarMPRVolumetricPresentationStateStorage
5.1.4.1.1.11.7 CompositingPlanarMPRVolumetricPresentationStateStorage
5.1.4.1.1.11.8 AdvancedBlendingPresentationStateStorage
5.1.4.1.1.11.9 VolumeRenderingVolumetricPresentationStateStorage
5.1.4.1.1.11.10 SegmentedVolumeRenderingVolumetricPresentationStateStorage
5.1.4.1.1.11.11 MultipleVolumeRenderingVolumetricPresentationStateStorage
5.1.4.1.1.11.12 VariableModalityLUTSoftcopyPresentationStateStorage
5.1.4.1.1.12.1 XRayAngiographicImageStorage
5.1.4.1.1.12.1.1 EnhancedXAImageStorage
5.1.4.1.1.12.2 XRayRadiofluoroscopicImageStorage
5.1.4.1.1.12.2.1 EnhancedXRFImageStorage
5.1.4.1.1.12.3 RETIRED_XRayAngiographicBiPlaneImageStorage
5.1.4.1.1.13.1.1 XRay3DAngiographicImageStorage
5.1.4.1.1.13.1.2 XRay3DCraniofacialImageStorage
5.1.4.1.1.13.1.3 BreastTomosynthesisImageStorage
5.1.4.1.1.13.1.4 BreastProjectionXRayImageStorageForPresentation
5.1.4.1.1.13.1.5 BreastProjectionXRayImageStorageForProcessing
5.1.4.1.1.14.1 IntravascularOpticalCoherenceTomographyImageStorageForPresentation
5.1.4.1.1.14.2 IntravascularOpticalCoherenceTomographyImageStorageForProcessing
5.1.4.1.1.20 NuclearMedicineImageStorage
5.1.4.1.1.30 ParametricMapStorage
5.1.4.1.1.66 RawDataStorage
5.1.4.1.1.66.1 SpatialRegistrationStorage
5.1.4.1.1.66.2 SpatialFiducialsStorage
5.1.4.1.1.66.3 DeformableSpatialRegistrationStorage
5.1.4.1.1.66.4 SegmentationStorage
5.1.4.1.1.66.5 SurfaceSegmentationStorage
5.1.4.1.1.66.6 TractographyResultsStorage
5.1.4.1.1.67 RealWorldValueMappingStorage
5.1.4.1.1.68.1 SurfaceScanMeshStorage
5.1.4.1.1.68.2 SurfaceScanPointCloudStorage
5.1.4.1.1.77.1 RETIRED_VLImageStorage
5.1.4.1.1.77.2 RETIRED_VLMultiframeImageStorage
5.1.4.1.1.77.1.1 VLEndoscopicImageStorage
5.1.4.1.1.77.1.1.1 VideoEndoscopicImageStorage
5.1.4.1.1.77.1.2 VLMicroscopicImageStorage
5.1.4.1.1.77.1.2.1 VideoMicroscopicImageStorage
5.1.4.1.1.77.1.3 VLSlideCoordinatesMicroscopicImageStorage
5.1.4.1.1.77.1.4 VLPhotographicImageStorage
5.1.4.1.1.77.1.4.1 VideoPhotographicImageStorage
5.1.4.1.1.77.1.5.1 OphthalmicPhotography8BitImageStorage
5.1.4.1.1.77.1.5.2 OphthalmicPhotography16BitImageStorage
5.1.4.1.1.77.1.5.3 StereometricRelationshipStorage
5.1.4.1.1.77.1.5.4 OphthalmicTomographyImageStorage
5.1.4.1.1.77.1.5.5 WideFieldOphthalmicPhotographyStereographicProjectionImageStorage
5.1.4.1.1.77.1.5.6 WideFieldOphthalmicPhotography3DCoordinatesImageStorage
5.1.4.1.1.77.1.5.7 OphthalmicOpticalCoherenceTomographyEnFaceImageStorage
5.1.4.1.1.77.1.5.8 OphthalmicOpticalCoherenceTomographyBscanVolumeAnalysisStorage
5.1.4.1.1.77.1.6 VLWholeSlideMicroscopyImageStorage
5.1.4.1.1.77.1.7 DermoscopicPhotographyImageStorage
5.1.4.1.1.77.1.8 ConfocalMicroscopyImageStorage
5.1.4.1.1.77.1.9 ConfocalMicroscopyTiledPyramidalImageStorage
5.1.4.1.1.78.1 LensometryMeasurementsStorage
5.1.4.1.1.78.2 AutorefractionMeasurementsStorage
5.1.4.1.1.78.3 KeratometryMeasurementsStorage
5.1.4.1.1.78.4 SubjectiveRefractionMeasurementsStorage
5.1.4.1.1.78.5 VisualAcuityMeasurementsStorage
5.1.4.1.1.78.6 SpectaclePrescriptionReportStorage
5.1.4.1.1.78.7 OphthalmicAxialMeasurementsStorage
5.1.4.1.1.78.8 IntraocularLensCalculationsStorage
5.1.4.1.1.79.1 MacularGridThicknessAndVolumeReportStorage
5.1.4.1.1.80.1 OphthalmicVisualFieldStaticPerimetryMeasurementsStorage
5.1.4.1.1.81.1 OphthalmicThicknessMapStorage
5.1.4.1.1.82.1 CornealTopographyMapStorage
5.1.4.1.1.88.1 DRAFT_SRTextStorage
5.1.4.1.1.88.2 DRAFT_SRAudioStorage
5.1.4.1.1.88.3 DRAFT_SRDetailStorage
5.1.4.1.1.88.4 DRAFT_SRComprehensiveStorage
5.1.4.1.1.88.11 BasicTextSRStorage
5.1.4.1.1.88.22 EnhancedSRStorage
5.1.4.1.1.88.33 ComprehensiveSRStorage
5.1.4.1.1.88.34 Comprehensive3DSRStorage
5.1.4.1.1.88.35 ExtensibleSRStorage
5.1.4.1.1.88.40 ProcedureLogStorage
5.1.4.1.1.88.50 MammographyCADSRStorage
5.1.4.1.1.88.59 KeyObjectSelectionDocumentStorage
5.1.4.1.1.88.65 ChestCADSRStorage
5.1.4.1.1.88.67 XRayRadiationDoseSRStorage
5.1.4.1.1.88.68 RadiopharmaceuticalRadiationDoseSRStorage
5.1.4.1.1.88.69 ColonCADSRStorage
5.1.4.1.1.88.70 ImplantationPlanSRDocumentStorage
5.1.4.1.1.88.71 AcquisitionContextSRStorage
5.1.4.1.1.88.72 SimplifiedAdultEchoSRStorage
5.1.4.1.1.88.73 PatientRadiationDoseSRStorage
5.1.4.1.1.88.74 PlannedImagingAgentAdministrationSRStorage
5.1.4.1.1.88.75 PerformedImagingAgentAdministrationSRStorage
5.1.4.1.1.88.76 EnhancedXRayRadiationDoseSRStorage
5.1.4.1.1.88.77 WaveformAnnotationSRStorage
5.1.4.1.1.90.1 ContentAssessmentResultsStorage
5.1.4.1.1.91.1 MicroscopyBulkSimpleAnnotationsStorage
5.1.4.1.1.104.1 EncapsulatedPDFStorage
5.1.4.1.1.104.2 EncapsulatedCDAStorage
5.1.4.1.1.104.3 EncapsulatedSTLStorage
5.1.4.1.1.104.4 EncapsulatedOBJStorage
5.1.4.1.1.104.5 EncapsulatedMTLStorage
5.1.4.1.1.128 PositronEmissionTomographyImageStorage
5.1.4.1.1.128.1 LegacyConvertedEnhancedPETImageStorage
5.1.4.1.1.129 RETIRED_StandalonePETCurveStorage
5.1.4.1.1.130 EnhancedPETImageStorage
5.1.4.1.1.131 BasicStructuredDisplayStorage
5.1.4.1.1.200.1 CTDefinedProcedureProtocolStorage
5.1.4.1.1.200.2 CTPerformedProcedureProtocolStorage
5.1.4.1.1.200.3 ProtocolApprovalStorage
5.1.4.1.1.200.4 FINDProtocolApprovalInformationModel
5.1.4.1.1.200.5 MOVEProtocolApprovalInformationModel
5.1.4.1.1.200.6 GETProtocolApprovalInformationModel
5.1.4.1.1.200.7 XADefinedProcedureProtocolStorage
5.1.4.1.1.200.8 XAPerformedProcedureProtocolStorage
5.1.4.1.1.201.1 InventoryStorage
5.1.4.1.1.201.2 InventoryFind
5.1.4.1.1.201.3 InventoryMove
5.1.4.1.1.201.4 InventoryGet
5.1.4.1.1.201.5 InventoryCreation
5.1.4.1.1.201.6 RepositoryQuery
5.1.4.1.1.201.1.1 StorageManagementInstance
5.1.4.1.1.481.1 RTImageStorage
5.1.4.1.1.481.2 RTDoseStorage
5.1.4.1.1.481.3 RTStructureSetStorage
5.1.4.1.1.481.4 RTBeamsTreatmentRecordStorage
5.1.4.1.1.481.5 RTPlanStorage
5.1.4.1.1.481.6 RTBrachyTreatmentRecordStorage
5.1.4.1.1.481.7 RTTreatmentSummaryRecordStorage
5.1.4.1.1.481.8 RTIonPlanStorage
5.1.4.1.1.481.9 RTIonBeamsTreatmentRecordStorage
5.1.4.1.1.481.10 RTPhysicianIntentStorage
5.1.4.1.1.481.11 RTSegmentAnnotationStorage
5.1.4.1.1.481.12 RTRadiationSetStorage
5.1.4.1.1.481.13 CArmPhotonElectronRadiationStorage
5.1.4.1.1.481.14 TomotherapeuticRadiationStorage
5.1.4.1.1.481.15 RoboticArmRadiationStorage
5.1.4.1.1.481.16 RTRadiationRecordSetStorage
5.1.4.1.1.481.17 RTRadiationSalvageRecordStorage
5.1.4.1.1.481.18 TomotherapeuticRadiationRecordStorage
5.1.4.1.1.481.19 CArmPhotonElectronRadiationRecordStorage
5.1.4.1.1.481.20 RoboticRadiationRecordStorage
5.1.4.1.1.481.21 RTRadiationSetDeliveryInstructionStorage
5.1.4.1.1.481.22 RTTreatmentPreparationStorage
5.1.4.1.1.481.23 EnhancedRTImageStorage
5.1.4.1.1.481.24 EnhancedContinuousRTImageStorage
5.1.4.1.1.481.25 RTPatientPositionAcquisitionInstructionStorage
5.1.4.1.1.501.1 DICOS_CTImageStorage
5.1.4.1.1.501.2.1 DICOS_DigitalXRayImageStorageForPresentation
5.1.4.1.1.501.2.2 DICOS_DigitalXRayImageStorageForProcessing
5.1.4.1.1.501.3 DICOS_ThreatDetectionReportStorage
5.1.4.1.1.501.4 DICOS_2DAITStorage
5.1.4.1.1.501.5 DICOS_3DAITStorage
5.1.4.1.1.501.6 DICOS_QuadrupoleResonanceStorage
5.1.4.1.1.601.1 DICONDE_EddyCurrentImageStorage
5.1.4.1.1.601.2 DICONDE_EddyCurrentMultiframeImageStorage
5.1.4.1.2.1.1 FINDPatientRootQueryRetrieveInformationModel
5.1.4.1.2.1.2 MOVEPatientRootQueryRetrieveInformationModel
5.1.4.1.2.1.3 GETPatientRootQueryRetrieveInformationModel
5.1.4.1.2.2.1 FINDStudyRootQueryRetrieveInformationModel
5.1.4.1.2.2.2 MOVEStudyRootQueryRetrieveInformationModel
5.1.4.1.2.2.3 GETStudyRootQueryRetrieveInformationModel
5.1.4.1.2.3.1 RETIRED_FINDPatientStudyOnlyQueryRetrieveInformationModel
5.1.4.1.2.3.2 RETIRED_MOVEPatientStudyOnlyQueryRetrieveInformationModel
5.1.4.1.2.3.3 RETIRED_GETPatientStudyOnlyQueryRetrieveInformationModel
5.1.4.1.2.4.2 MOVECompositeInstanceRootRetrieve
5.1.4.1.2.4.3 GETCompositeInstanceRootRetrieve
5.1.4.1.2.5.3 GETCompositeInstanceRetrieveWithoutBulkData
5.1.4.20.1 FINDDefinedProcedureProtocolInformationModel
5.1.4.20.2 MOVEDefinedProcedureProtocolInformationModel
5.1.4.20.3 GETDefinedProcedureProtocolInformationModel
5.1.4.31 FINDModalityWorklistInformationModel
5.1.4.32 RETIRED_GeneralPurposeWorklistManagementMetaSOPClass
5.1.4.32.1 RETIRED_FINDGeneralPurposeWorklistInformationModel
5.1.4.32.2 RETIRED_GeneralPurposeScheduledProcedureStepSOPClass
5.1.4.32.3 RETIRED_GeneralPurposePerformedProcedureStepSOPClass
5.1.4.33 InstanceAvailabilityNotificationSOPClass
5.1.4.34.1 DRAFT_RTBeamsDeliveryInstructionStorage
5.1.4.34.2 DRAFT_RTConventionalMachineVerification
5.1.4.34.3 DRAFT_RTIonMachineVerification
5.1.4.34.4 DRAFT_UnifiedWorklistAndProcedureStepServiceClass
5.1.4.34.4.1 DRAFT_UnifiedProcedureStepPushSOPClass
5.1.4.34.4.2 DRAFT_UnifiedProcedureStepWatchSOPClass
5.1.4.34.4.3 DRAFT_UnifiedProcedureStepPullSOPClass
5.1.4.34.4.4 DRAFT_UnifiedProcedureStepEventSOPClass
5.1.4.34.5 UPSGlobalSubscriptionSOPInstance
5.1.4.34.5.1 UPSFilteredGlobalSubscriptionSOPInstance
5.1.4.34.6 UnifiedWorklistAndProcedureStepServiceClass
5.1.4.34.6.1 UnifiedProcedureStepPushSOPClass
5.1.4.34.6.2 UnifiedProcedureStepWatchSOPClass
5.1.4.34.6.3 UnifiedProcedureStepPullSOPClass
5.1.4.34.6.4 UnifiedProcedureStepEventSOPClass
5.1.4.34.6.5 UnifiedProcedureStepQuerySOPClass
5.1.4.34.7 RTBeamsDeliveryInstructionStorage
5.1.4.34.8 RTConventionalMachineVerification
5.1.4.34.9 RTIonMachineVerification
5.1.4.34.10 RTBrachyApplicationSetupDeliveryInstructionStorage
5.1.4.37.1 GeneralRelevantPatientInformationQuery
5.1.4.37.2 BreastImagingRelevantPatientInformationQuery
5.1.4.37.3 CardiacRelevantPatientInformationQuery
5.1.4.38.1 HangingProtocolStorage
5.1.4.38.2 FINDHangingProtocolInformationModel
5.1.4.38.3 MOVEHangingProtocolInformationModel
5.1.4.38.4 HangingProtocolInformationModelGet
5.1.4.39.1 ColorPaletteStorage
5.1.4.39.2 FINDColorPaletteInformationModel
5.1.4.39.3 MOVEColorPaletteInformationModel
5.1.4.39.4 GETColorPaletteInformationModel
5.1.4.41 ProductCharacteristicsQuerySOPClass
5.1.4.42 SubstanceApprovalQuerySOPClass
5.1.4.43.1 GenericImplantTemplateStorage
5.1.4.43.2 FINDGenericImplantTemplateInformationModel
5.1.4.43.3 MOVEGenericImplantTemplateInformationModel
5.1.4.43.4 GETGenericImplantTemplateInformationModel
5.1.4.44.1 ImplantAssemblyTemplateStorage
5.1.4.44.2 FINDImplantAssemblyTemplateInformationModel
5.1.4.44.3 MOVEImplantAssemblyTemplateInformationModel
5.1.4.44.4 GETImplantAssemblyTemplateInformationModel
5.1.4.45.1 ImplantTemplateGroupStorage
5.1.4.45.2 FINDImplantTemplateGroupInformationModel
5.1.4.45.3 MOVEImplantTemplateGroupInformationModel
5.1.4.45.4 GETImplantTemplateGroupInformationModel
7.1.1 NativeDICOMModel
7.1.2 AbstractMultiDimensionalImageModel
8.1.1 DICOMContentMappingResource
10.1 VideoEndoscopicImageRealTimeCommunication
10.2 VideoPhotographicImageRealTimeCommunication
10.3 AudioWaveformRealTimeCommunication
10.4 RenditionSelectionDocumentRealTimeCommunication
15.0.3.1 LDAP_dicomDeviceName
15.0.3.2 LDAP_dicomDescription
15.0.3.3 LDAP_dicomManufacturer
15.0.3.4 LDAP_dicomManufacturerModelName
15.0.3.5 LDAP_dicomSoftwareVersion
15.0.3.6 LDAP_dicomVendorData
15.0.3.7 LDAP_dicomAETitle
15.0.3.8 LDAP_dicomNetworkConnectionReference
15.0.3.9 LDAP_dicomApplicationCluster
15.0.3.10 LDAP_dicomAssociationInitiator
15.0.3.11 LDAP_dicomAssociationAcceptor
15.0.3.12 LDAP_dicomHostname
15.0.3.13 LDAP_dicomPort
15.0.3.14 LDAP_dicomSOPClass
15.0.3.15 LDAP_dicomTransferRole
15.0.3.16 LDAP_dicomTransferSyntax
15.0.3.17 LDAP_dicomPrimaryDeviceType
15.0.3.18 LDAP_dicomRelatedDeviceReference
15.0.3.19 LDAP_dicomPreferredCalledAETitle
15.0.3.20 LDAP_dicomTLSCyphersuite
15.0.3.21 LDAP_dicomAuthorizedNodeCertificateReference
15.0.3.22 LDAP_dicomThisNodeCertificateReference
15.0.3.23 LDAP_dicomInstalled
15.0.3.24 LDAP_dicomStationName
15.0.3.25 LDAP_dicomDeviceSerialNumber
15.0.3.26 LDAP_dicomInstitutionName
15.0.3.27 LDAP_dicomInstitutionAddress
15.0.3.28 LDAP_dicomInstitutionDepartmentName
15.0.3.29 LDAP_dicomIssuerOfPatientID
15.0.3.30 LDAP_dicomPreferredCallingAETitle
15.0.3.31 LDAP_dicomSupportedCharacterSet
15.1.1 UniversalCoordinatedTimeSynchronizationFrameOfReference
1.4.1.1 TalairachBrainAtlasFrameOfReference
1.4.1.2 SPM2T1FrameOfReference
1.4.1.3 SPM2T2FrameOfReference
1.4.1.4 SPM2PDFrameOfReference
1.4.1.5 SPM2EPIFrameOfReference
1.4.1.6 SPM2FILT1FrameOfReference
1.4.1.7 SPM2PETFrameOfReference
1.4.1.8 SPM2TRANSMFrameOfReference
1.4.1.9 SPM2SPECTFrameOfReference
1.4.1.10 SPM2GRAYFrameOfReference
1.4.1.11 SPM2WHITEFrameOfReference
1.4.1.12 SPM2CSFFrameOfReference
1.4.1.13 SPM2BRAINMASKFrameOfReference
1.4.1.14 SPM2AVG305T1FrameOfReference
1.4.1.15 SPM2AVG152T1FrameOfReference
1.4.1.16 SPM2AVG152T2FrameOfReference
1.4.1.17 SPM2AVG152PDFrameOfReference
1.4.1.18 SPM2SINGLESUBJT1FrameOfReference
1.4.2.1 ICBM452T1FrameOfReference
1.4.2.2 ICBMSingleSubjectMRIFrameOfReference
1.4.3.1 IEC61217FixedCoordinateSystemFrameOfReference
1.4.3.2 StandardRoboticCoordinateSystemFrameOfReference
1.4.3.3 IEC61217TableTopCoordinateSystemFrameOfReference
1.4.4.1 SRI24FrameOfReferenc
1.4.5.1 Colin27FrameOfReference
1.4.6.1 LPBA40AIRFrameOfReference
1.4.6.2 LPBA40FLIRTFrameOfReference
1.4.6.3 LPBA40SPM5FrameOfReference
`;

let names: Map<string, string> | undefined;
let uids: Map<string, string> | undefined;

function load(): Map<string, string> {
  const map = new Map<string, string>();
  for (const line of table.trim().split("\n")) {
    const space = line.indexOf(" ");
    map.set(ROOT + line.slice(0, space), line.slice(space + 1));
  }
  return map;
}

/**
 * Looks up the name of a UID.
 *
 * @param uid The UID.
 * @returns Its name, such as `MRImageStorage`; `undefined` if it is not one of the standard's.
 */
export function nameOfUid(uid: string): string | undefined {
  return uid.startsWith(ROOT) ? (names ??= load()).get(uid) : undefined;
}

/**
 * Returns true if encoded bytes begin as the UIDs of the standard do; others have no name.
 *
 * @param bytes The bytes that contain the UID.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 */
export function isStandardUid(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < ROOT.length) return false;
  for (let index = 0; index < ROOT.length; index++) {
    if (bytes[start + index] !== ROOT.charCodeAt(index)) return false;
  }
  return true;
}

/**
 * Looks up the UID of a name.
 *
 * @param name The name, as {@linkcode nameOfUid} returns it.
 * @returns The UID; `undefined` if no UID has this name.
 */
export function uidOfName(name: string): string | undefined {
  uids ??= new Map([...names ??= load()].map(([uid, each]) => [each, uid]));
  return uids.get(name);
}
