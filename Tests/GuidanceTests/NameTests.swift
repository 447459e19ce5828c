import Chart
import Guidance
import Testing

/// Concepts under the names clinicians give them, and texts that name one without stating it.
@Suite struct NameTests {
    private func mention(_ set: String, _ text: String) throws -> Mention {
        try #require(try Shipped.knowledge.get().codeSets[set]).mention(in: ClinicalText(text))
    }

    @Test(arguments: [
        ("aneurysmal_vascular_disease", ["AAA", "abdominal aortic aneurysm, repaired 2019", "Aneurysms of the iliac artery", "aneurysm; no psychosis"]),
        ("arteriovenous_malformation", ["AV malformation", "Arterio-venous malformation", "cerebral AVMs"]),
        ("intracerebral_haemorrhage", ["ICH 2019", "s/p hemorrhagic stroke"]),
        (
            "hypersensitivity_ketamine",
            ["Spravato allergy", "anaphylaxis to ketamine", "Allergy: ketamine", "Drug allergy - ketamine", "benzethonium chloride allergy"]
        ),
        ("cardiovascular_event", ["TIA", "MI", "acute MI", "NSTEMI", "STEMI", "h/o CVA"]),
        ("coronary_event", ["PCI 2023", "CABG x3", "coronary stent", "coronary angioplasty", "MI in 2019"]),
        ("stroke", ["CVA", "mini-stroke", "stroke, no residual deficit", "stroke 2019 without sequelae", "no recurrence of stroke"]),
        ("raised_pressure_head_eye", ["ocular hypertension", "elevated intraocular pressure", "VP shunt", "hydrocephalus with shunt"]),
        ("glaucoma", ["glaucoma", "glaucoma, not treated", "untreated glaucoma", "poorly controlled glaucoma"]),
        ("psychosis", ["hallucinations", "no improvement of psychosis", "never treated for psychosis", "psychosis after the death of her mother"]),
        (
            "substance_use_disorder",
            ["AUD", "OUD", "SUD", "methamphetamine use disorder", "sedative use disorder", "benzodiazepine dependence", "drug addiction"]
        ),
        ("pregnancy", ["trying to conceive", "planning pregnancy"]),
        ("lactation", ["nursing mother", "Mother, breastfeeding", "Breastfeeding (mother)"]),
        ("hepatic_impairment_severe", ["severe liver impairment"]), ("hepatic_impairment_moderate", ["moderate liver impairment"]),
        (
            "unstable_cardiorespiratory_disease",
            ["unstable angina", "NYHA III heart failure", "NYHA class IV", "pulmonary insufficiency", "uncontrolled arrhythmia"]
        ),
        ("sleep_apnoea", ["OSA"]), ("bipolar", ["manic depression", "cyclothymia"]),
        ("hyperthyroidism", ["Graves' disease", "overactive thyroid", "hyperthyroidism, not well controlled", "uncontrolled hyperthyroidism"]),
        ("pressure_rise_hazard", ["hypertension, poorly controlled", "hypertensive crises", "decompensated heart failure"]),
    ])
    func isStated(set: String, texts: [String]) throws {
        for text in texts { #expect(try mention(set, text) == .stated, "\(text)") }
    }

    @Test(arguments: [
        ("aneurysmal_vascular_disease", ["no aneurysm", "no aortic or cerebral aneurysm", "aneurysm ruled out", "family history of aortic aneurysm"]),
        ("psychosis", ["no psychosis", "without psychosis", "psychosis: no", "absence of psychosis", "Father: schizophrenia", "denies psychosis"]),
        ("stroke", ["no prior stroke", "never had a stroke", "stroke excluded", "stroke was ruled out", "FHx stroke", "no TIA or stroke", "heat stroke"]),
        ("bipolar", ["mother with bipolar disorder", "Her brother has bipolar disorder", "bipolar disorder in mother"]),
        ("substance_use_disorder", ["alcohol use disorder - none", "no substance abuse"]),
        ("glaucoma", ["glaucoma, treated", "glaucoma under treatment"]), ("hyperthyroidism", ["hyperthyroidism, controlled on carbimazole"]),
        ("pregnancy", ["not pregnant", "not currently pregnant", "pregnancy test negative"]), ("lactation", ["not breastfeeding"]),
        ("unstable_cardiorespiratory_disease", ["heart failure, stable", "no COPD"]),
        ("pressure_rise_hazard", ["hypertension", "hypertension, well controlled"]),
        ("hypertensive_crisis_symptoms", ["no chest pain", "denies shortness of breath", "mild headache"]),
    ])
    func isNot(set: String, texts: [String]) throws {
        for text in texts { #expect(try mention(set, text) == .none, "\(text)") }
    }

    @Test(arguments: [
        ("stroke", ["suspected stroke", "rule out stroke", "r/o stroke", "stroke?", "possible TIA", "stroke not excluded"]),
        ("unstable_cardiorespiratory_disease", ["possible COPD"]), ("aneurysmal_vascular_disease", ["?aneurysm", "suspicion of aortic aneurysm"]),
    ])
    func isSuspected(set: String, texts: [String]) throws {
        for text in texts { #expect(try mention(set, text) == .suspected, "\(text)") }
    }
}
