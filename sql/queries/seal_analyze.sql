-- The planner's statistics hold values of before: these are made anew.
analyze samordnad.endpoint
