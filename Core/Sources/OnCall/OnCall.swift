enum OnCallModule {}
