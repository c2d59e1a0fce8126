-- G4, G8: which numbers lead to a patient, whose own files are the patient's as well (queries/patient_states).
-- min_daemon: 5

create index identitet_led on identitet (patient) where own <> patient;
