DROP TABLE cancellations;
DROP TABLE bookings;
