enum ObjectivesModule {}
