enum AlertsModule {}
