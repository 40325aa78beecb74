-- When the courier service last would not speak of a parcel: each question costs money, so it is not asked again
-- and again. What it knows of the parcel is in parcel_checks, which this does not make look fresh.
CREATE TABLE parcel_refusals (
  store_id TEXT NOT NULL,
  parcel TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, parcel)
);
