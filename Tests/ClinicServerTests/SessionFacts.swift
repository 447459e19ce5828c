/// Charts that many tests of a session begin with.
enum SessionFacts {
    /// A nasal session of a patient, checked in and looked at, at noon.
    static let arrived = """
        {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}
        {"type":"session","patient":"p1","session":"s1","event":"check_in","time":"2026-11-23T11:30:00Z","protocol":"esk-us-trd","escort":true,"minutes_since_food":180,"minutes_since_liquid":60,"minutes_since_nasal":600,"prescriber_onsite":true,"hcp_and_oximeter":true,"rems_enrolled":true,"acute_illness":false,"stimulant_today":false,"hours_since_sedative":48}
        {"type":"assessment","patient":"p1","session":"s1","time":"2026-11-23T11:40:00Z","instrument":"C-SSRS-screener","answers":{"q1":0,"q2":0,"q6":0},"rater":"clinician"}

        """
}
