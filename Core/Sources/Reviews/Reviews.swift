enum ReviewsModule {}
