print("lipmock")
